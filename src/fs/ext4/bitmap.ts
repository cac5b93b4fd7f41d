/** Says whether a bit of a bitmap of blocks or inodes is set. The lowest bit of each byte comes first. */
export function hasBit(bitmap: Uint8Array, index: number): boolean {
  return (((bitmap[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1
}

/** Says whether all bits from `start` on are set. They stand for nothing, so that nothing is given out for them. */
export function isFilledFrom(bitmap: Uint8Array, start: number): boolean {
  for (let index = start; index % 8 !== 0; index += 1) if (!hasBit(bitmap, index)) return false
  return bitmap.subarray(Math.ceil(start / 8)).every((byte) => byte === 0xff)
}
