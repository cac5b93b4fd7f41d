import type { BlockCheck } from '../../../src/xz/container/block-check.ts'
import type { IndexRecord } from '../../../src/xz/container/block-index.ts'
import { soleBlockFrame } from '../../../src/xz/container/sole-block-frame.ts'

/** Makes a stream from a block's bytes in a file: header, compressed data, padding and check. */
export function soleBlockStream(block: Uint8Array, record: IndexRecord, check: BlockCheck): Uint8Array {
  const { head, tail } = soleBlockFrame(record, check)
  return Buffer.concat([head, block, tail])
}
