import { type BlockCheck, checkBytes } from './block-check.ts'
import { encodeBlockHeader } from './block-header.ts'
import { lzma2Filter } from './lzma2-filter.ts'

/** The bytes of a block in a file, and its length without padding, which the index records. */
export interface EncodedBlock {
  readonly bytes: Uint8Array
  readonly unpaddedByteLength: number
}

/**
 * Encodes a block: header, packed data, padding and check. The header holds both sizes, which parallel decoders need.
 * `payload` is `data` as LZMA2 with its end marker. Its dictionary is not larger than `data`. The .xz File Format
 * 1.2.1, section 3.
 */
export function encodeBlock(payload: Uint8Array, data: Uint8Array, check: BlockCheck): EncodedBlock {
  const header = encodeBlockHeader({
    compressedByteLength: payload.byteLength,
    uncompressedByteLength: data.byteLength,
    filters: [lzma2Filter(data.byteLength)],
  })
  const checkField = checkBytes(check, data)
  // The lengths of headers and checks are already multiples of four.
  const padding = -payload.byteLength & 3
  const bytes = new Uint8Array(header.byteLength + payload.byteLength + padding + checkField.byteLength)
  bytes.set(header)
  bytes.set(payload, header.byteLength)
  bytes.set(checkField, bytes.byteLength - checkField.byteLength)
  return { bytes, unpaddedByteLength: bytes.byteLength - padding }
}
