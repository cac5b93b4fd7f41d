/** xz block header: filters and, where known beforehand, sizes of one block. The .xz File Format 1.2.1, section 3.1. */
import { readU32 } from '../bytes/little-endian.ts'
import { BuildError } from '../errors.ts'
import { crc32 } from './crc32.ts'

export interface BlockHeader {
  readonly filters: readonly BlockFilter[]
}

export interface BlockFilter {
  readonly id: number
  readonly properties: Uint8Array
}

/** Section 5.3.1. */
export const LZMA2_FILTER_ID = 0x21

const FILTER_COUNT_MASK = 0x03
const COMPRESSED_SIZE_PRESENT = 0x40
const UNCOMPRESSED_SIZE_PRESENT = 0x80
const CRC32_BYTES = 4

const filterNames: Readonly<Record<number, string>> = {
  0x03: 'delta', 0x04: 'BCJ x86', 0x05: 'BCJ PowerPC', 0x06: 'BCJ IA-64', 0x07: 'BCJ ARM', 0x08: 'BCJ ARM-Thumb',
  0x09: 'BCJ SPARC', 0x0a: 'BCJ ARM64', 0x0b: 'BCJ RISC-V', [LZMA2_FILTER_ID]: 'LZMA2',
}

/** Names a filter as the format's list of filters does. Sections 5.3.1 to 5.3.3. */
export function filterName(id: number): string {
  return filterNames[id] ?? `0x${id.toString(16)}`
}

/** Length of the header that begins with this byte; zero says that the index begins here instead. Section 3.1.1. */
export function blockHeaderByteLength(firstByte: number): number {
  return firstByte === 0 ? 0 : (firstByte + 1) * 4
}

/** Reads a whole block header. Throws `XZ_CORRUPT` where its CRC32 does not match. */
export function decodeBlockHeader(header: Uint8Array, file: string): BlockHeader {
  const crcOffset = header.byteLength - CRC32_BYTES
  if (crc32(header.subarray(0, crcOffset)) !== readU32(header, crcOffset)) {
    throw new BuildError('XZ_CORRUPT', { file, reason: 'the CRC32 of a block header does not match' })
  }
  const flags = header[1] ?? 0
  const cursor = { bytes: header.subarray(0, crcOffset), offset: 2, file }
  if ((flags & COMPRESSED_SIZE_PRESENT) !== 0) readMultibyteInteger(cursor)
  if ((flags & UNCOMPRESSED_SIZE_PRESENT) !== 0) readMultibyteInteger(cursor)
  const filters = Array.from({ length: (flags & FILTER_COUNT_MASK) + 1 }, () => readFilter(cursor))
  return { filters }
}

interface Cursor {
  readonly bytes: Uint8Array
  offset: number
  readonly file: string
}

function readFilter(cursor: Cursor): BlockFilter {
  const id = readMultibyteInteger(cursor)
  const byteLength = readMultibyteInteger(cursor)
  const properties = cursor.bytes.subarray(cursor.offset, cursor.offset + byteLength)
  if (properties.byteLength !== byteLength) throw headerTooShort(cursor.file)
  cursor.offset += byteLength
  return { id, properties }
}

/** Seven bits a byte, lowest first, up to nine bytes. Section 1.2. Multiplication keeps what bitwise operators would cut off. */
function readMultibyteInteger(cursor: Cursor): number {
  let value = 0
  for (let index = 0; index < 9; index++) {
    const byte = cursor.bytes[cursor.offset++]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return value
  }
  throw headerTooShort(cursor.file)
}

function headerTooShort(file: string): BuildError {
  return new BuildError('XZ_CORRUPT', { file, reason: 'a block header is too short for its filters' })
}
