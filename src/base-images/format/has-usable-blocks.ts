import { MIB } from '../../units.ts'
import type { XzLayout } from '../../xz/container/xz-layout.ts'

/** `xz -9` with threads makes blocks of 192 MiB, the largest that published images have. */
const MAX_BLOCK_BYTES = 256 * MIB

/**
 * Tells whether nodes' images can share the blocks of an .xz. There must be several blocks. No block may be so large
 * that editing it costs as much as the whole image. All blocks must have the same check, because an .xz stream has one
 * check for all its blocks. Every reader of images must know this check. Not every reader knows SHA-256.
 */
export function hasUsableBlocks({ blocks }: XzLayout): boolean {
  const [first] = blocks
  return (
    first !== undefined &&
    first.check !== 'SHA-256' &&
    blocks.length > 1 &&
    blocks.every(({ byteLength, check }) => byteLength <= MAX_BLOCK_BYTES && check === first.check)
  )
}
