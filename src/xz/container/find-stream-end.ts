import type { ReadableDevice } from '../../disk/block-device.ts'
import { readBytes } from '../../disk/read-bytes.ts'
import { BuildError } from '../../errors.ts'
import { KIB, MIB } from '../../units.ts'
import { corrupt } from './corrupt.ts'
import { hasFooterMagic, isStreamFooter, STREAM_FOOTER_BYTES } from './stream-footer.ts'
import { STREAM_HEADER_BYTES, XZ_MAGIC } from './stream-header.ts'

/** Header, index without blocks and footer: the shortest stream. */
const MIN_STREAM_BYTES = STREAM_HEADER_BYTES + 8 + STREAM_FOOTER_BYTES

const PADDING_PIECE_BYTES = 64 * KIB
/** How many bytes before the end of the file are searched for the last footer, if none is at the end. */
const SEARCHED_BYTES = MIB

/**
 * Finds the end of the last stream before `end`, in bytes from the start of the file. `end` is the end of the file or
 * the start of another stream. All bytes between must be stream padding: zeros in multiples of four. The .xz File
 * Format 1.2.1, section 2.2. Throws errors with `XZ_` codes.
 */
export function findStreamEnd(device: ReadableDevice, end: number, file: string): number {
  const streamEnd = skipZeros(device, end)
  // A footer does not end with zeros, so no part of it was skipped.
  if (streamEnd < MIN_STREAM_BYTES || !hasFooterMagic(footerBefore(device, streamEnd)))
    throw noFooter(device, end, file)
  if ((end - streamEnd) % 4 !== 0) throw corrupt(file, 'its stream padding is no multiple of four bytes')
  return streamEnd
}

function footerBefore(device: ReadableDevice, streamEnd: number): Uint8Array {
  return readBytes(device, streamEnd - STREAM_FOOTER_BYTES, STREAM_FOOTER_BYTES)
}

function skipZeros(device: ReadableDevice, end: number): number {
  // Most streams have no padding, so the first read is short.
  let pieceBytes = 4
  for (let pieceEnd = end; pieceEnd > 0; pieceBytes = PADDING_PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(pieceBytes, pieceEnd))
    device.read(pieceEnd - piece.byteLength, piece)
    const last = piece.findLastIndex((byte) => byte !== 0)
    pieceEnd -= piece.byteLength
    if (last !== -1) return pieceEnd + last + 1
  }
  return 0
}

function noFooter(device: ReadableDevice, end: number, file: string): BuildError {
  if (end < device.byteLength) return corrupt(file, 'the bytes before a later stream are none')
  return new BuildError(endsInForeignBytes(lastBytes(device)) ? 'XZ_TRAILING_DATA' : 'XZ_TRUNCATED', { file })
}

function lastBytes(device: ReadableDevice): Uint8Array {
  const bytes = new Uint8Array(Math.min(SEARCHED_BYTES, device.byteLength))
  device.read(device.byteLength - bytes.byteLength, bytes)
  return bytes
}

/** Tells whether data end with a complete stream and then with bytes that begin no other stream. */
function endsInForeignBytes(bytes: Uint8Array): boolean {
  for (let to = bytes.byteLength - 1; to >= STREAM_FOOTER_BYTES; to--) {
    const footer = bytes.subarray(to - STREAM_FOOTER_BYTES, to)
    if (!hasFooterMagic(footer) || !isStreamFooter(footer)) continue
    const rest = bytes.subarray(to)
    const start = rest.findIndex((byte) => byte !== 0)
    return start !== -1 && !beginsStream(rest.subarray(start))
  }
  return false
}

/** Tells whether bytes are the beginning of a stream, as far as they go. */
export function beginsStream(bytes: Uint8Array): boolean {
  return XZ_MAGIC.every((byte, index) => index >= bytes.byteLength || bytes[index] === byte)
}
