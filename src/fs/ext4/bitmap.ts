/** Says whether a bit of a bitmap of blocks or inodes is set. The lowest bit of each byte comes first. */
export function hasBit(bitmap: Uint8Array, index: number): boolean {
  return (((bitmap[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1
}
