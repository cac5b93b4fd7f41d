/**
 * Finds the blocks of an .xz file through the indexes of its streams, from the end of the file backwards.
 * The .xz File Format 1.2.1, sections 2 and 4.
 */
import { equalBytes } from '../../bytes/equal-bytes.ts'
import type { ReadableDevice } from '../../disk/block-device.ts'
import { readBytes } from '../../disk/read-bytes.ts'
import { BuildError } from '../../errors.ts'
import { MIB } from '../../units.ts'
import { type BlockCheck, requireKnownCheck } from './block-check.ts'
import { blockHeaderByteLength, decodeBlockHeader } from './block-header.ts'
import { decodeBlockIndex, type IndexRecord, MAX_BLOCKS, requireIndexLength } from './block-index.ts'
import { corrupt } from './corrupt.ts'
import { findStreamEnd } from './find-stream-end.ts'
import { requireLzma2Alone } from './lzma2-filter.ts'
import { decodeStreamFooter, STREAM_FOOTER_BYTES } from './stream-footer.ts'
import { decodeStreamHeader, STREAM_HEADER_BYTES, XZ_MAGIC } from './stream-header.ts'

export interface XzLayout {
  /** All blocks of all streams, in the order of their data. A block may be empty. */
  readonly blocks: readonly XzBlock[]
  /** Length of the unpacked data. */
  readonly byteLength: number
  /** Number of streams. They may have different checks, and may have no blocks. */
  readonly streamCount: number
}

export interface XzBlock {
  /** Where the block's header begins, in bytes from the start of the file. */
  readonly fileOffset: number
  /** Length in the file of header, compressed data and check, as the index records it. */
  readonly unpaddedByteLength: number
  /**
   * Length in the file including padding: the zeros between data and check that make it a multiple of four. A copy
   * takes this length.
   */
  readonly paddedByteLength: number
  /** Where the block's unpacked data begin, in bytes from the start of all unpacked data. */
  readonly byteStart: number
  /** Length of the block's unpacked data, as the index records it. */
  readonly byteLength: number
  /** The check in the last bytes of the block. */
  readonly check: BlockCheck
}

interface XzStream {
  readonly byteStart: number
  readonly check: BlockCheck
  readonly records: readonly IndexRecord[]
}

/**
 * The largest accepted number of streams, because each one costs separate reads. Some packers write one stream per
 * block: with 1 MiB each, that is 64 GiB.
 */
export const MAX_STREAMS = 2 ** 16

/**
 * LZMA2 uses at least six bytes for each chunk, and a chunk unpacks to at most 2 MiB. A block that claims more is not
 * LZMA2.
 */
const MIN_CHUNK_BYTES = 6
const MAX_CHUNK_DATA_BYTES = 2 * MIB

/**
 * Reads the position of every block. Checks that headers, blocks, indexes and footers fill the file without a gap. It
 * reads no block data, only the first block header of each stream. Throws errors with `XZ_` codes.
 */
export function readXzLayout(device: ReadableDevice, file: string): XzLayout {
  if (device.byteLength < STREAM_HEADER_BYTES) throw new BuildError('XZ_TRUNCATED', { file })
  // Checked first, so that a file of another format is reported as such.
  decodeStreamHeader(readBytes(device, 0, STREAM_HEADER_BYTES), file)
  const streams: XzStream[] = []
  let blockCount = 0
  for (let end = device.byteLength; end > 0;) {
    const stream = readStream(device, findStreamEnd(device, end, file), file)
    streams.push(stream)
    blockCount += stream.records.length
    if (blockCount > MAX_BLOCKS)
      throw new BuildError('XZ_TOO_MANY_BLOCKS', { file, limit: MAX_BLOCKS, parts: 'blocks' })
    if (streams.length > MAX_STREAMS)
      throw new BuildError('XZ_TOO_MANY_BLOCKS', { file, limit: MAX_STREAMS, parts: 'streams' })
    end = stream.byteStart
  }
  return { ...placeBlocks(streams.reverse(), file), streamCount: streams.length }
}

function readStream(device: ReadableDevice, streamEnd: number, file: string): XzStream {
  const footerStart = streamEnd - STREAM_FOOTER_BYTES
  const footer = decodeStreamFooter(readBytes(device, footerStart, STREAM_FOOTER_BYTES), file)
  requireIndexLength(footer.indexByteLength, file)
  const indexStart = footerStart - footer.indexByteLength
  if (indexStart < STREAM_HEADER_BYTES)
    throw corrupt(file, 'a stream footer gives an index that is longer than the file')
  const records = decodeBlockIndex(readBytes(device, indexStart, footer.indexByteLength), file)
  const blockBytes = records.reduce((sum, record) => sum + paddedByteLength(record), 0)
  const byteStart = indexStart - blockBytes - STREAM_HEADER_BYTES
  const check = readStreamCheck(device, byteStart, file)
  if (check !== footer.check) throw corrupt(file, 'the footer of a stream contradicts its header')
  const [first] = records
  if (first !== undefined) checkFirstBlock(device, byteStart + STREAM_HEADER_BYTES, first, file)
  return { byteStart, check: requireKnownCheck(check, file), records }
}

function readStreamCheck(device: ReadableDevice, byteStart: number, file: string): BlockCheck | 'reserved' {
  const header = byteStart < 0 ? null : readBytes(device, byteStart, STREAM_HEADER_BYTES)
  if (header === null || !equalBytes(header.subarray(0, XZ_MAGIC.byteLength), XZ_MAGIC)) {
    throw corrupt(file, 'the sizes in an index do not lead to the beginning of a stream')
  }
  return decodeStreamHeader(header, file).check
}

function checkFirstBlock(
  device: ReadableDevice,
  fileOffset: number,
  { unpaddedByteLength }: IndexRecord,
  file: string,
): void {
  const headerBytes = blockHeaderByteLength(readBytes(device, fileOffset, 1)[0] ?? 0)
  if (headerBytes === 0 || headerBytes > unpaddedByteLength)
    throw corrupt(file, 'there is no block where the index says')
  requireLzma2Alone(decodeBlockHeader(readBytes(device, fileOffset, headerBytes), file), file)
}

function placeBlocks(
  streams: readonly XzStream[],
  file: string,
): { readonly blocks: readonly XzBlock[]; readonly byteLength: number } {
  const blocks: XzBlock[] = []
  let byteLength = 0
  for (const { byteStart, check, records } of streams) {
    let fileOffset = byteStart + STREAM_HEADER_BYTES
    for (const record of records) {
      requirePossibleSize(record, file)
      const padded = paddedByteLength(record)
      const { unpaddedByteLength } = record
      blocks.push({
        fileOffset,
        unpaddedByteLength,
        paddedByteLength: padded,
        byteStart: byteLength,
        byteLength: record.byteLength,
        check,
      })
      fileOffset += padded
      byteLength += record.byteLength
    }
  }
  if (!Number.isSafeInteger(byteLength)) throw corrupt(file, 'it gives a size of more than 2^53 bytes')
  return { blocks, byteLength }
}

function requirePossibleSize({ unpaddedByteLength, byteLength }: IndexRecord, file: string): void {
  if (byteLength > Math.floor(unpaddedByteLength / MIN_CHUNK_BYTES) * MAX_CHUNK_DATA_BYTES) {
    throw corrupt(file, 'the index gives a block more data than could be packed into it')
  }
}

function paddedByteLength({ unpaddedByteLength }: IndexRecord): number {
  return Math.ceil(unpaddedByteLength / 4) * 4
}
