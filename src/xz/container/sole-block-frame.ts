/**
 * A complete stream around one block of another stream, so that any decoder can unpack only that block. The .xz File
 * Format 1.2.1, section 2.
 */
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
