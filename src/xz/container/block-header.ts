/**
 * xz block header: the filters of one block, and its sizes if the writer knew them beforehand. The .xz File Format
 * 1.2.1, section 3.1.
 */
import { isZeroFilled } from '../../bytes/equal-bytes.ts'
import { readU32, writeU32 } from '../../bytes/little-endian.ts'
import { BuildError } from '../../errors.ts'
import { crc32 } from './crc32.ts'
import { type ByteCursor, decodeMultibyteInteger, encodeMultibyteInteger } from './multibyte-integer.ts'

export interface BlockHeader {
  /** Length of the compressed data, without header, padding and check. Null: the writer did not know it beforehand. */
  readonly compressedByteLength: number | null
  /** Length of the unpacked data. Null: the writer did not know it beforehand. */
  readonly uncompressedByteLength: number | null
  readonly filters: readonly BlockFilter[]
}

export interface BlockFilter {
  readonly id: number
  readonly properties: Uint8Array
}

/** Section 5.3.1. */
export const LZMA2_FILTER_ID = 0x21
/** Section 3.1.1. */
export const MAX_BLOCK_HEADER_BYTES = 1024

const MIN_BLOCK_HEADER_BYTES = 8
const HEADER_SIZE = 0
const BLOCK_FLAGS = 1
const FIRST_FIELD = 2
const CRC32_BYTES = 4

const FILTER_COUNT_MASK = 0x03
const RESERVED_FLAGS = 0x3c
const COMPRESSED_SIZE_PRESENT = 0x40
const UNCOMPRESSED_SIZE_PRESENT = 0x80

const filterNames: Readonly<Record<number, string>> = {
  0x03: 'delta',
  0x04: 'BCJ x86',
  0x05: 'BCJ PowerPC',
  0x06: 'BCJ IA-64',
  0x07: 'BCJ ARM',
  0x08: 'BCJ ARM-Thumb',
  0x09: 'BCJ SPARC',
  0x0a: 'BCJ ARM64',
  0x0b: 'BCJ RISC-V',
  [LZMA2_FILTER_ID]: 'LZMA2',
}

/** Returns a filter's name from the format's list of filters. Sections 5.3.1 to 5.3.3. */
export function filterName(id: number): string {
  return filterNames[id] ?? `0x${id.toString(16)}`
}

/**
 * Returns the length in bytes of the header that begins with this byte. Zero: the index begins here instead. Section
 * 3.1.1.
 */
export function blockHeaderByteLength(firstByte: number): number {
  return firstByte === 0 ? 0 : (firstByte + 1) * 4
}

/**
 * Decodes a whole block header. Throws `XZ_CORRUPT` if it is damaged. Throws `XZ_OPTION_UNSUPPORTED` if it uses
 * reserved flags or the padding, as a later version of the format may.
 */
export function decodeBlockHeader(header: Uint8Array, file: string): BlockHeader {
  const crcOffset = header.byteLength - CRC32_BYTES
  if (
    header.byteLength < MIN_BLOCK_HEADER_BYTES ||
    blockHeaderByteLength(header[HEADER_SIZE] ?? 0) !== header.byteLength
  ) {
    throw new BuildError('XZ_CORRUPT', { file, reason: 'a block header does not have the length that it gives' })
  }
  if (crc32(header.subarray(0, crcOffset)) !== readU32(header, crcOffset)) {
    throw new BuildError('XZ_CORRUPT', { file, reason: 'the CRC32 of a block header does not match' })
  }
  const flags = header[BLOCK_FLAGS] ?? 0
  if ((flags & RESERVED_FLAGS) !== 0) throw new BuildError('XZ_OPTION_UNSUPPORTED', { file })
  const cursor: ByteCursor = { bytes: header.subarray(0, crcOffset), offset: FIRST_FIELD, file }
  const compressedByteLength = (flags & COMPRESSED_SIZE_PRESENT) === 0 ? null : decodeMultibyteInteger(cursor)
  if (compressedByteLength === 0)
    throw new BuildError('XZ_CORRUPT', { file, reason: 'a block header gives no room for data' })
  const uncompressedByteLength = (flags & UNCOMPRESSED_SIZE_PRESENT) === 0 ? null : decodeMultibyteInteger(cursor)
  const filters = Array.from({ length: (flags & FILTER_COUNT_MASK) + 1 }, () => decodeFilter(cursor))
  if (!isZeroFilled(cursor.bytes.subarray(cursor.offset))) throw new BuildError('XZ_OPTION_UNSUPPORTED', { file })
  return { compressedByteLength, uncompressedByteLength, filters }
}

/** Encodes a block header in the shortest length that holds its fields. */
export function encodeBlockHeader({ compressedByteLength, uncompressedByteLength, filters }: BlockHeader): Uint8Array {
  const flags =
    filters.length -
    1 +
    (compressedByteLength === null ? 0 : COMPRESSED_SIZE_PRESENT) +
    (uncompressedByteLength === null ? 0 : UNCOMPRESSED_SIZE_PRESENT)
  const sizes = [compressedByteLength, uncompressedByteLength]
    .filter((size) => size !== null)
    .map(encodeMultibyteInteger)
  const fields = Buffer.concat([Uint8Array.of(0, flags), ...sizes, ...filters.map(encodeFilter)])
  const header = new Uint8Array(Math.ceil(fields.byteLength / 4) * 4 + CRC32_BYTES)
  header.set(fields)
  header[HEADER_SIZE] = header.byteLength / 4 - 1
  const crcOffset = header.byteLength - CRC32_BYTES
  writeU32(header, crcOffset, crc32(header.subarray(0, crcOffset)))
  return header
}

function decodeFilter(cursor: ByteCursor): BlockFilter {
  const id = decodeMultibyteInteger(cursor)
  const byteLength = decodeMultibyteInteger(cursor)
  const properties = cursor.bytes.subarray(cursor.offset, cursor.offset + byteLength)
  if (properties.byteLength !== byteLength) {
    throw new BuildError('XZ_CORRUPT', { file: cursor.file, reason: 'a block header is too short for its filters' })
  }
  cursor.offset += byteLength
  return { id, properties }
}

function encodeFilter({ id, properties }: BlockFilter): Uint8Array {
  return Buffer.concat([encodeMultibyteInteger(id), encodeMultibyteInteger(properties.byteLength), properties])
}
