import { BuildError } from '../errors.ts'
import { blockHeaderByteLength, decodeBlockHeader, filterName, LZMA2_FILTER_ID } from './block-header.ts'
import { decodeStreamHeader, STREAM_HEADER_BYTES } from './stream-header.ts'

/** The longest possible block header. The .xz File Format 1.2.1, section 3.1.1. */
const MAX_BLOCK_HEADER_BYTES = 1024

/** What `checkXzOptions` needs to see of a file. */
export const XZ_HEAD_BYTES = STREAM_HEADER_BYTES + MAX_BLOCK_HEADER_BYTES

/** xz-decompress reserves no more; in LZMA2's one property byte 28 stands for 64 MiB. Section 5.3.1. */
const MAX_DICTIONARY_PROPERTY = 28

/**
 * Refuses what the decoder cannot check or unpack, by the first stream and block header: the decoder gives one number for
 * all of it. `head` is the beginning of the file, or all of a shorter one.
 */
export function checkXzOptions(head: Uint8Array, file: string): void {
  if (head.byteLength < STREAM_HEADER_BYTES) throw new BuildError('XZ_TRUNCATED', { file })
  const { check } = decodeStreamHeader(head.subarray(0, STREAM_HEADER_BYTES), file)
  if (check === 'SHA-256' || check === 'reserved') {
    throw new BuildError('XZ_CHECK_UNSUPPORTED', { file, check: check === 'reserved' ? 'an unknown check' : check })
  }
  const blockHeader = head.subarray(STREAM_HEADER_BYTES)
  const byteLength = blockHeaderByteLength(blockHeader[0] ?? 0)
  if (byteLength > blockHeader.byteLength) throw new BuildError('XZ_TRUNCATED', { file })
  if (byteLength === 0) return
  for (const filter of decodeBlockHeader(blockHeader.subarray(0, byteLength), file).filters) {
    if (filter.id !== LZMA2_FILTER_ID) throw new BuildError('XZ_FILTER_UNSUPPORTED', { file, filter: filterName(filter.id) })
    if ((filter.properties[0] ?? 0) > MAX_DICTIONARY_PROPERTY) throw new BuildError('XZ_DICTIONARY_TOO_LARGE', { file })
  }
}
