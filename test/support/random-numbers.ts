/** Gives a function that draws whole numbers from 0 to below its argument; the same start gives the same numbers. */
export function randomNumbers(start: number): (below: number) => number {
  let state = start >>> 0
  return (below) => {
    // mulberry32, a small generator in the public domain.
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
