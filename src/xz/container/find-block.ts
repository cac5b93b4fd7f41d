import type { XzLayout } from './xz-layout.ts'

/**
 * Returns the index of the block that holds a byte of the unpacked data, by bisection. Blocks without data hold no
 * byte.
 */
export function findBlock({ blocks }: XzLayout, byteOffset: number): number {
  let low = 0
  let high = blocks.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const start = blocks[middle]?.byteStart ?? Infinity
    if (start <= byteOffset) low = middle
    else high = middle - 1
  }
  return low
}
