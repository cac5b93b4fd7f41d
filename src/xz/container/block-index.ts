/** xz index: the sizes of all blocks of a stream. It is after the last block. The .xz File Format 1.2.1, section 4. */
import { isZeroFilled } from '../../bytes/equal-bytes.ts'
import { readU32, writeU32 } from '../../bytes/little-endian.ts'
import { BuildError } from '../../errors.ts'
import { corrupt } from './corrupt.ts'
import { crc32 } from './crc32.ts'
import { type ByteCursor, decodeMultibyteInteger, encodeMultibyteInteger } from './multibyte-integer.ts'

/** The index's record of one block. Section 4.3. */
export interface IndexRecord {
  /** Length in the file: header, compressed data and check, without the padding. */
  readonly unpaddedByteLength: number
  /** Length of the unpacked data. */
  readonly byteLength: number
}

/** The largest accepted number of blocks: 4 KiB each for an image of 4 GiB. */
export const MAX_BLOCKS = 2 ** 20

const INDEX_INDICATOR = 0
const CRC32_BYTES = 4
const MIN_INDEX_BYTES = 8
const MIN_RECORD_BYTES = 2
const MAX_INTEGER_BYTES = 9
/** Section 4.3.1. */
const MIN_UNPADDED_BYTES = 5

/** The largest length of an index with `MAX_BLOCKS` blocks. */
const MAX_INDEX_BYTES = 1 + MAX_INTEGER_BYTES + MAX_BLOCKS * 2 * MAX_INTEGER_BYTES + 3 + CRC32_BYTES

/**
 * Checks an index length from a stream footer before the index is read. Throws `XZ_TOO_MANY_BLOCKS` if it is too long.
 */
export function requireIndexLength(indexByteLength: number, file: string): void {
  if (indexByteLength > MAX_INDEX_BYTES)
    throw new BuildError('XZ_TOO_MANY_BLOCKS', { file, limit: MAX_BLOCKS, parts: 'blocks' })
}

/**
 * Decodes a whole index. Throws `XZ_CORRUPT` if it is damaged. Throws `XZ_TOO_MANY_BLOCKS` before it allocates memory
 * for too many blocks.
 */
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

/** Encodes an index. */
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
