/** xz index: the sizes of all blocks of a stream, after the last of them. The .xz File Format 1.2.1, section 4. */
import { isZeroFilled } from '../../bytes/equal-bytes.ts'
import { readU32, writeU32 } from '../../bytes/little-endian.ts'
import { BuildError } from '../../errors.ts'
import { corrupt } from './corrupt.ts'
import { crc32 } from './crc32.ts'
import { type ByteCursor, decodeMultibyteInteger, encodeMultibyteInteger } from './multibyte-integer.ts'

/** What the index says of one block. Section 4.3. */
export interface IndexRecord {
  /** Length in the file: header, compressed data and check, without the padding. */
  readonly unpaddedByteLength: number
  /** Length of the data once unpacked. */
  readonly byteLength: number
}

/** More blocks than this are refused: a block of 4 KiB each for an image of 4 GiB. */
export const MAX_BLOCKS = 2 ** 20

const INDEX_INDICATOR = 0
const CRC32_BYTES = 4
const MIN_INDEX_BYTES = 8
const MIN_RECORD_BYTES = 2
const MAX_INTEGER_BYTES = 9
/** Section 4.3.1. */
const MIN_UNPADDED_BYTES = 5

/** No index of as many blocks as we take is longer. */
const MAX_INDEX_BYTES = 1 + MAX_INTEGER_BYTES + MAX_BLOCKS * 2 * MAX_INTEGER_BYTES + 3 + CRC32_BYTES

/** Throws `XZ_TOO_MANY_BLOCKS` where an index is too long to be read; for the length that a stream footer gives, before it is. */
export function requireIndexLength(indexByteLength: number, file: string): void {
  if (indexByteLength > MAX_INDEX_BYTES)
    throw new BuildError('XZ_TOO_MANY_BLOCKS', { file, limit: MAX_BLOCKS, parts: 'blocks' })
}

/** Reads a whole index. Throws `XZ_CORRUPT` where it is damaged, `XZ_TOO_MANY_BLOCKS` before room is made for too many. */
export function decodeBlockIndex(index: Uint8Array, file: string): readonly IndexRecord[] {
  const crcOffset = index.byteLength - CRC32_BYTES
  if (index.byteLength < MIN_INDEX_BYTES || index.byteLength % 4 !== 0 || index[0] !== INDEX_INDICATOR) {
    throw corrupt(file, 'there is no index where the stream footer says')
  }
  if (crc32(index.subarray(0, crcOffset)) !== readU32(index, crcOffset))
    throw corrupt(file, 'the CRC32 of the index does not match')
  const cursor: ByteCursor = { bytes: index.subarray(0, crcOffset), offset: 1, file }
  const recordCount = decodeMultibyteInteger(cursor)
  if (recordCount > (crcOffset - cursor.offset) / MIN_RECORD_BYTES)
    throw corrupt(file, 'the index is too short for its blocks')
  if (recordCount > MAX_BLOCKS) throw new BuildError('XZ_TOO_MANY_BLOCKS', { file, limit: MAX_BLOCKS, parts: 'blocks' })
  const records = Array.from({ length: recordCount }, () => decodeRecord(cursor))
  const padding = cursor.bytes.subarray(cursor.offset)
  if (padding.byteLength > 3 || !isZeroFilled(padding)) throw corrupt(file, 'the index goes on after its last block')
  return records
}

/** Writes an index. */
export function encodeBlockIndex(records: readonly IndexRecord[]): Uint8Array {
  const fields = [Uint8Array.of(INDEX_INDICATOR), encodeMultibyteInteger(records.length)]
  for (const { unpaddedByteLength, byteLength } of records) {
    fields.push(encodeMultibyteInteger(unpaddedByteLength), encodeMultibyteInteger(byteLength))
  }
  const content = Buffer.concat(fields)
  const index = new Uint8Array(Math.ceil(content.byteLength / 4) * 4 + CRC32_BYTES)
  index.set(content)
  const crcOffset = index.byteLength - CRC32_BYTES
  writeU32(index, crcOffset, crc32(index.subarray(0, crcOffset)))
  return index
}

function decodeRecord(cursor: ByteCursor): IndexRecord {
  const unpaddedByteLength = decodeMultibyteInteger(cursor)
  const byteLength = decodeMultibyteInteger(cursor)
  if (unpaddedByteLength < MIN_UNPADDED_BYTES)
    throw corrupt(cursor.file, 'the index lists a block that is shorter than any block')
  return { unpaddedByteLength, byteLength }
}
