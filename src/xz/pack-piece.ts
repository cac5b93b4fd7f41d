import { isZeroFilled } from '../bytes/equal-bytes.ts'
import { KIB } from '../units.ts'
import type { BlockCheck } from './block-check.ts'
import { encodeBlock, type EncodedBlock } from './encode-block.ts'
import { encodeLzma2 } from './lzma2/encode-lzma2.ts'
import { storeLzma2 } from './stored-lzma2.ts'

const PAGE_BYTES = 4 * KIB

/**
 * Packs an edited piece as an xz block. Stored as it is, it costs nothing but its bytes; where pages of it are zero, as in
 * tables of file systems, compressing it is quick and saves most of them.
 */
export function packPiece(data: Uint8Array, check: BlockCheck): EncodedBlock {
  const stored = encodeBlock(storeLzma2(data), data, check)
  if (!hasZeroPage(data)) return stored
  const packed = encodeBlock(encodeLzma2(data), data, check)
  return packed.bytes.byteLength < stored.bytes.byteLength ? packed : stored
}

function hasZeroPage(data: Uint8Array): boolean {
  for (let start = 0; start < data.byteLength; start += PAGE_BYTES) {
    if (isZeroFilled(data.subarray(start, start + PAGE_BYTES))) return true
  }
  return false
}
