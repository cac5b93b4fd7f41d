import { BuildError } from '../../errors.ts'
import { blockHeaderByteLength, decodeBlockHeader, MAX_BLOCK_HEADER_BYTES } from './block-header.ts'
import { requireLzma2Alone } from './lzma2-filter.ts'
import { decodeStreamHeader, STREAM_HEADER_BYTES } from './stream-header.ts'

/** How many bytes of a file `checkXzOptions` needs. */
export const XZ_HEAD_BYTES = STREAM_HEADER_BYTES + MAX_BLOCK_HEADER_BYTES

/**
 * Refuses files that the decoder cannot check or unpack. It reads the first stream header and block header, because the
 * decoder returns the same number for all such causes. `head` holds the first bytes of the file, or all of a shorter
 * one. Throws errors with `XZ_` codes.
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
  if (byteLength > 0) requireLzma2Alone(decodeBlockHeader(blockHeader.subarray(0, byteLength), file), file)
}
