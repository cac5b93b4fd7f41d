/** xz stream footer: the last 12 bytes of a stream. The .xz File Format 1.2.1, section 2.1.2. */
import { readU32, writeU32 } from '../../bytes/little-endian.ts'
import { BuildError } from '../../errors.ts'
import type { BlockCheck } from './block-check.ts'
import { crc32 } from './crc32.ts'
import { decodeStreamFlags, encodeStreamFlags, STREAM_FLAGS_BYTES, type StreamCheck } from './stream-header.ts'

export interface StreamFooter {
  /** Length of the index, which is directly before the footer. The format calls it backward size. */
  readonly indexByteLength: number
  readonly check: StreamCheck
}

/** Length of a stream footer. Section 2.1.2. */
export const STREAM_FOOTER_BYTES = 12

const FOOTER_CRC32 = 0
const BACKWARD_SIZE = 4
const STREAM_FLAGS = 8
const MAGIC = 10
const FOOTER_MAGIC = Uint8Array.of(0x59, 0x5a)

/** Tells whether 12 bytes are a stream footer: magic and CRC32 match. */
export function isStreamFooter(footer: Uint8Array): boolean {
  return (
    footer.byteLength === STREAM_FOOTER_BYTES &&
    hasFooterMagic(footer) &&
    crc32(footer.subarray(BACKWARD_SIZE, MAGIC)) === readU32(footer, FOOTER_CRC32)
  )
}

/** Tells whether 12 bytes end like a stream footer. */
export function hasFooterMagic(footer: Uint8Array): boolean {
  return footer[MAGIC] === FOOTER_MAGIC[0] && footer[MAGIC + 1] === FOOTER_MAGIC[1]
}

/**
 * Decodes a stream footer. Throws `XZ_CORRUPT` if magic or CRC32 do not match, `XZ_OPTION_UNSUPPORTED` for reserved
 * flags.
 */
export function decodeStreamFooter(footer: Uint8Array, file: string): StreamFooter {
  if (!isStreamFooter(footer))
    throw new BuildError('XZ_CORRUPT', { file, reason: 'a stream footer does not match its CRC32' })
  return {
    // Stored as a count of four-byte units, less one. Multiplied, not shifted, because the result may exceed 2^32.
    indexByteLength: (readU32(footer, BACKWARD_SIZE) + 1) * 4,
    check: decodeStreamFlags(footer.subarray(STREAM_FLAGS, STREAM_FLAGS + STREAM_FLAGS_BYTES), file),
  }
}

/** Encodes a stream footer. */
export function encodeStreamFooter({
  indexByteLength,
  check,
}: {
  readonly indexByteLength: number
  readonly check: BlockCheck
}): Uint8Array {
  const footer = new Uint8Array(STREAM_FOOTER_BYTES)
  writeU32(footer, BACKWARD_SIZE, indexByteLength / 4 - 1)
  footer.set(encodeStreamFlags(check), STREAM_FLAGS)
  footer.set(FOOTER_MAGIC, MAGIC)
  writeU32(footer, FOOTER_CRC32, crc32(footer.subarray(BACKWARD_SIZE, MAGIC)))
  return footer
}
