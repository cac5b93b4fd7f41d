/**
 * LZMA2 data made of stored chunks, at the speed of a copy. xz writes such chunks for data that do not compress. Their
 * format is in XZ Utils' `lzma2_encoder.c`. The .xz File Format 1.2.1 (section 5.3.1) refers to them.
 */
import { KIB } from '../../units.ts'

/** The largest chunk: its size less one is stored in 16 bits. */
export const MAX_STORED_CHUNK_BYTES = 64 * KIB

const CHUNK_HEADER_BYTES = 3
const STORED_WITH_DICTIONARY_RESET = 0x01
const STORED = 0x02
const END = 0x00

/**
 * Packs data without compressing them. The result is three bytes longer for each chunk, plus one byte for LZMA2's end
 * marker.
 */
export function storeLzma2(data: Uint8Array): Uint8Array {
  const chunkCount = Math.ceil(data.byteLength / MAX_STORED_CHUNK_BYTES)
  const packed = new Uint8Array(data.byteLength + chunkCount * CHUNK_HEADER_BYTES + 1)
  let offset = 0
  for (let from = 0; from < data.byteLength; from += MAX_STORED_CHUNK_BYTES) {
    const chunk = data.subarray(from, from + MAX_STORED_CHUNK_BYTES)
    const storedSize = chunk.byteLength - 1
    packed[offset] = from === 0 ? STORED_WITH_DICTIONARY_RESET : STORED
    // Big-endian, unlike all fields of the container.
    packed[offset + 1] = storedSize >>> 8
    packed[offset + 2] = storedSize & 0xff
    packed.set(chunk, offset + CHUNK_HEADER_BYTES)
    offset += CHUNK_HEADER_BYTES + chunk.byteLength
  }
  packed[offset] = END
  return packed
}
