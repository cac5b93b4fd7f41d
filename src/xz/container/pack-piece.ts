import { isZeroFilled } from '../../bytes/equal-bytes.ts'
import { KIB } from '../../units.ts'
import { encodeLzma2 } from '../lzma2/encode-lzma2.ts'
import { storeLzma2 } from '../lzma2/stored-lzma2.ts'
import type { BlockCheck } from './block-check.ts'
import { encodeBlock, type EncodedBlock } from './encode-block.ts'

const PAGE_BYTES = 4 * KIB
const LZMA2_END = Uint8Array.of(0)

/** Zeros as LZMA2, by their count. The same few counts occur many times. */
const packedZeros = new Map<number, Uint8Array>()

/**
 * Packs an edited piece as an xz block. Its data are stored uncompressed, except for pages of zeros, which fill the
 * tables of file systems. Both cost only a copy. Each run begins with a reset of the dictionary, as LZMA2 allows at any
 * chunk.
 */
export function packPiece(data: Uint8Array, check: BlockCheck): EncodedBlock {
  const runs = [...runsOf(data)].map(({ isZero, bytes }) => (isZero ? packZeros(bytes) : storeLzma2(bytes)))
  return encodeBlock(
    Buffer.concat([...runs.map((run) => run.subarray(0, -LZMA2_END.byteLength)), LZMA2_END]),
    data,
    check,
  )
}

/** Yields runs of pages: either all pages of a run are zero, or none is. */
function* runsOf(data: Uint8Array): Generator<{ readonly isZero: boolean; readonly bytes: Uint8Array }> {
  let start = 0
  for (let end = start; end < data.byteLength;) {
    const isZero = isZeroPage(data, end)
    end += PAGE_BYTES
    if (end < data.byteLength && isZeroPage(data, end) === isZero) continue
    yield { isZero, bytes: data.subarray(start, end) }
    start = end
  }
}

function isZeroPage(data: Uint8Array, start: number): boolean {
  return isZeroFilled(data.subarray(start, start + PAGE_BYTES))
}

function packZeros(zeros: Uint8Array): Uint8Array {
  const packed = packedZeros.get(zeros.byteLength) ?? encodeLzma2(zeros)
  packedZeros.set(zeros.byteLength, packed)
  return packed
}
