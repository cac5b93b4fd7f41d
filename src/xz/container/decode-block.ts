import { equalBytes } from '../../bytes/equal-bytes.ts'
import type { ReadableDevice } from '../../disk/block-device.ts'
import { readBytes } from '../../disk/read-bytes.ts'
import { BuildError } from '../../errors.ts'
import { KIB } from '../../units.ts'
import { checkByteLength, startCheck } from './block-check.ts'
import { blockHeaderByteLength, decodeBlockHeader } from './block-header.ts'
import { corrupt } from './corrupt.ts'
import { explainBlockFailure } from './explain-decoder-failure.ts'
import { requireLzma2Alone } from './lzma2-filter.ts'
import { runDecoder } from './run-decoder.ts'
import { soleBlockFrame } from './sole-block-frame.ts'
import type { XzBlock } from './xz-layout.ts'

export interface DecodeBlockOptions {
  /** Named in errors. */
  readonly file: string
  readonly signal: AbortSignal
}

const PIECE_BYTES = 256 * KIB

/**
 * Unpacks one block of an .xz file, with any check. At the end, the data are verified: their length matches the index,
 * and they match the check. Data yielded before an error may be wrong: keep nothing unless the end was reached. Holds
 * at most 1 MiB in memory. Throws errors with `XZ_` codes.
 *
 * The decoder gets the block without its check field, in a stream without checks. It does not support SHA-256, and it
 * computes CRCs more slowly than our code.
 */
export async function* decodeBlock(
  device: ReadableDevice,
  block: XzBlock,
  { file, signal }: DecodeBlockOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  requireInside(device, block, file)
  checkHeader(device, block, file)
  const pieces = compressedPieces(device, block)
  const running = startCheck(block.check)
  let byteLength = 0
  const decoded = runDecoder({
    next: () => {
      const { done, value } = pieces.next()
      return Promise.resolve(done === true ? null : value)
    },
    explain: (value) => explainBlockFailure(value, file),
    signal,
  })
  for await (const piece of decoded) {
    byteLength += piece.byteLength
    // Stop here, before a block with a wrong length fills the memory or disk.
    if (byteLength > block.byteLength) break
    running.update(piece)
    yield piece
  }
  if (byteLength !== block.byteLength) throw corrupt(file, 'a block does not hold as much data as the index says')
  if (!equalBytes(running.digest(), readCheckField(device, block)))
    throw corrupt(file, `the ${block.check} of a block does not match its data`)
}

/**
 * Yields the stream that the decoder gets, without the block's check field. Its index has the shorter length, because
 * the decoder compares it.
 */
function* compressedPieces(device: ReadableDevice, block: XzBlock): Generator<Uint8Array, void, undefined> {
  const checkBytes = checkByteLength(block.check)
  const record = { unpaddedByteLength: block.unpaddedByteLength - checkBytes, byteLength: block.byteLength }
  const { head, tail } = soleBlockFrame(record, 'none')
  yield head
  const end = block.fileOffset + block.paddedByteLength - checkBytes
  for (let from = block.fileOffset; from < end; from += PIECE_BYTES)
    yield readBytes(device, from, Math.min(PIECE_BYTES, end - from))
  yield tail
}

function requireInside(
  device: ReadableDevice,
  { fileOffset, paddedByteLength, unpaddedByteLength, check }: XzBlock,
  file: string,
): void {
  if (fileOffset + paddedByteLength > device.byteLength) throw new BuildError('XZ_TRUNCATED', { file })
  if (unpaddedByteLength <= checkByteLength(check))
    throw corrupt(file, 'the index lists a block that is shorter than its check')
}

/** Checks the block header, to report causes for which the decoder has only one number. */
function checkHeader(device: ReadableDevice, { fileOffset, unpaddedByteLength, check }: XzBlock, file: string): void {
  const headerBytes = blockHeaderByteLength(readBytes(device, fileOffset, 1)[0] ?? 0)
  if (headerBytes === 0 || headerBytes > unpaddedByteLength - checkByteLength(check))
    throw corrupt(file, 'there is no block where the index says')
  requireLzma2Alone(decodeBlockHeader(readBytes(device, fileOffset, headerBytes), file), file)
}

function readCheckField(device: ReadableDevice, { fileOffset, paddedByteLength, check }: XzBlock): Uint8Array {
  const byteLength = checkByteLength(check)
  return readBytes(device, fileOffset + paddedByteLength - byteLength, byteLength)
}
