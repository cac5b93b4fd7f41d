/** xz stream header: the first 12 bytes of a stream. The .xz File Format 1.2.1, section 2.1.1. */
import { equalBytes } from '../bytes/equal-bytes.ts'
import { readU32 } from '../bytes/little-endian.ts'
import { BuildError } from '../errors.ts'
import { crc32 } from './crc32.ts'

export interface StreamHeader {
  readonly check: StreamCheck
}

/** What protects the data of each block; the format reserves the other ids. Section 2.1.1.2. */
export type StreamCheck = 'none' | 'CRC32' | 'CRC64' | 'SHA-256' | 'reserved'

export const STREAM_HEADER_BYTES = 12
export const XZ_MAGIC = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)

const STREAM_FLAGS = 6
const STREAM_FLAGS_BYTES = 2
const HEADER_CRC32 = 8

const checks: Readonly<Record<number, StreamCheck>> = { 0x00: 'none', 0x01: 'CRC32', 0x04: 'CRC64', 0x0a: 'SHA-256' }

/** Reads a stream header. Throws `XZ_CORRUPT` where magic, CRC32 or the reserved flags are not as the format has them. */
export function decodeStreamHeader(header: Uint8Array, file: string): StreamHeader {
  if (!equalBytes(header.subarray(0, STREAM_FLAGS), XZ_MAGIC)) {
    throw new BuildError('XZ_CORRUPT', { file, reason: 'it does not begin with a stream header' })
  }
  const flags = header.subarray(STREAM_FLAGS, STREAM_FLAGS + STREAM_FLAGS_BYTES)
  if (crc32(flags) !== readU32(header, HEADER_CRC32)) {
    throw new BuildError('XZ_CORRUPT', { file, reason: 'the CRC32 of the stream header does not match' })
  }
  const [reserved = 0, checkId = 0] = flags
  if (reserved !== 0 || checkId > 0x0f) throw new BuildError('XZ_OPTION_UNSUPPORTED', { file })
  return { check: checks[checkId] ?? 'reserved' }
}
