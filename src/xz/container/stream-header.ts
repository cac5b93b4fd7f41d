/** xz stream header: the first 12 bytes of a stream. The .xz File Format 1.2.1, section 2.1.1. */
import { equalBytes } from '../../bytes/equal-bytes.ts'
import { readU32, writeU32 } from '../../bytes/little-endian.ts'
import { BuildError } from '../../errors.ts'
import { type BlockCheck, checkOfId, idOfCheck, isCheckId } from './block-check.ts'
import { crc32 } from './crc32.ts'

export interface StreamHeader {
  readonly check: StreamCheck
}

/** The check of each block's data. The format reserves the other ids. Section 2.1.1.2. */
export type StreamCheck = BlockCheck | 'reserved'

/** Length of a stream header. Section 2.1.1. */
export const STREAM_HEADER_BYTES = 12
/** Length of the stream flags. Section 2.1.1.2. */
export const STREAM_FLAGS_BYTES = 2
/** The first bytes of every .xz file. Section 2.1.1.1. */
export const XZ_MAGIC = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)

const STREAM_FLAGS = 6
const HEADER_CRC32 = 8

/**
 * Decodes a stream header. Throws `XZ_CORRUPT` if magic or CRC32 do not match, `XZ_OPTION_UNSUPPORTED` for reserved
 * flags.
 */
export function decodeStreamHeader(header: Uint8Array, file: string): StreamHeader {
  if (!equalBytes(header.subarray(0, STREAM_FLAGS), XZ_MAGIC)) {
    throw new BuildError('XZ_CORRUPT', { file, reason: 'it does not begin with a stream header' })
  }
  const flags = header.subarray(STREAM_FLAGS, STREAM_FLAGS + STREAM_FLAGS_BYTES)
  if (crc32(flags) !== readU32(header, HEADER_CRC32)) {
    throw new BuildError('XZ_CORRUPT', { file, reason: 'the CRC32 of the stream header does not match' })
  }
  return { check: decodeStreamFlags(flags, file) }
}

/** Encodes a stream header. */
export function encodeStreamHeader({ check }: { readonly check: BlockCheck }): Uint8Array {
  const header = new Uint8Array(STREAM_HEADER_BYTES)
  const flags = encodeStreamFlags(check)
  header.set(XZ_MAGIC)
  header.set(flags, STREAM_FLAGS)
  writeU32(header, HEADER_CRC32, crc32(flags))
  return header
}

/**
 * Decodes the flags that stream header and footer both hold. Throws `XZ_OPTION_UNSUPPORTED` if a reserved bit is set.
 */
export function decodeStreamFlags(flags: Uint8Array, file: string): StreamCheck {
  const [reserved = 0, checkId = 0] = flags
  if (reserved !== 0 || !isCheckId(checkId)) throw new BuildError('XZ_OPTION_UNSUPPORTED', { file })
  return checkOfId(checkId) ?? 'reserved'
}

/** Encodes the flags that stream header and footer both hold. */
export function encodeStreamFlags(check: BlockCheck): Uint8Array {
  return Uint8Array.of(0, idOfCheck(check))
}
