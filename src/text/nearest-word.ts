/** Finds the known word that a misspelt word most likely means; null where none is near. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  if (word.length > 64) return null
  const limit = Math.max(1, Math.floor(word.length / 3))
  let nearest: string | null = null
  let nearestDistance = limit + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= nearestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < nearestDistance) [nearest, nearestDistance] = [candidate, distance]
  }
  return nearest
}

/** Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment distance). */
function editDistance(from: string, to: string): number {
  let beforePrevious: readonly number[] = []
  let previous: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = cell(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1)
      let best = Math.min(replaced, cell(previous, column) + 1, cell(current, column - 1) + 1)
      if (from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        best = Math.min(best, cell(beforePrevious, column - 2) + 1)
      current.push(best)
    }
    ;[beforePrevious, previous] = [previous, current]
  }
  return cell(previous, to.length)
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
