import { type BlockCheck, checkBytes } from './block-check.ts'
import { encodeBlockHeader } from './block-header.ts'
import { lzma2Filter } from './lzma2-filter.ts'

/** A block as it lies in a file, and its length without padding, which the index records. */
export interface EncodedBlock {
  readonly bytes: Uint8Array
  readonly unpaddedByteLength: number
}

/**
 * Writes a block: header with both sizes, which parallel decoders want, packed data, padding and check. `payload` is `data` as
 * LZMA2, end marker included, packed with no larger a dictionary than `data` are long. The .xz File Format 1.2.1, section 3.
 */
export function encodeBlock(payload: Uint8Array, data: Uint8Array, check: BlockCheck): EncodedBlock {
  const header = encodeBlockHeader({
    compressedByteLength: payload.byteLength,
    uncompressedByteLength: data.byteLength,
    filters: [lzma2Filter(data.byteLength)],
  })
  const checkField = checkBytes(check, data)
  // Headers and checks are multiples of four themselves.
  const padding = -payload.byteLength & 3
  const bytes = new Uint8Array(header.byteLength + payload.byteLength + padding + checkField.byteLength)
  bytes.set(header)
  bytes.set(payload, header.byteLength)
  bytes.set(checkField, bytes.byteLength - checkField.byteLength)
  return { bytes, unpaddedByteLength: bytes.byteLength - padding }
}
