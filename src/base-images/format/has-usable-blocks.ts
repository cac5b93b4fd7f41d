import { MIB } from '../../units.ts'
import type { XzLayout } from '../../xz/container/xz-layout.ts'

/** `xz -9` with threads makes blocks of 192 MiB, the largest that published images have. */
const MAX_BLOCK_BYTES = 256 * MIB

/**
 * Says whether nodes' images can share the blocks of an .xz: there are several, none is so large that touching it costs as much
 * as the whole image, and all have the same check, since an .xz stream has one for all of its blocks, of a kind that every reader of
 * images knows: SHA-256 is not.
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
