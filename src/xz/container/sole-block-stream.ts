/**
 * A complete stream around one block of another stream, so that any decoder can unpack only that block. The .xz File
 * Format 1.2.1, section 2.
 */
import { BuildError } from '../../errors.ts'
import type { BlockCheck } from './block-check.ts'
import { encodeBlockIndex, type IndexRecord } from './block-index.ts'
import { encodeStreamFooter } from './stream-footer.ts'
import { encodeStreamHeader } from './stream-header.ts'

export interface SoleBlockFrame {
  /** The bytes before the block: the stream header. */
  readonly head: Uint8Array
  /** The bytes after the block: index and stream footer. */
  readonly tail: Uint8Array
}

/** Returns the bytes around a block that make it a separate stream. The block need not be in memory. */
export function soleBlockFrame(record: IndexRecord, check: BlockCheck): SoleBlockFrame {
  const index = encodeBlockIndex([record])
  const footer = encodeStreamFooter({ indexByteLength: index.byteLength, check })
  return { head: encodeStreamHeader({ check }), tail: Buffer.concat([index, footer]) }
}

/** Makes a stream from a block's bytes in a file: header, compressed data, padding and check. */
export function soleBlockStream(block: Uint8Array, record: IndexRecord, check: BlockCheck): Uint8Array {
  if (block.byteLength !== Math.ceil(record.unpaddedByteLength / 4) * 4) {
    throw new BuildError('BUG', {
      state: `a block of ${record.unpaddedByteLength} bytes comes with ${block.byteLength} of them`,
    })
  }
  const { head, tail } = soleBlockFrame(record, check)
  return Uint8Array.from(Buffer.concat([head, block, tail]))
}
