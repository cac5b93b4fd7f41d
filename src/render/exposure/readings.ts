import { decodeBytes, decodeText, encodeUtf8 } from '../../text/encoding.ts'

/** A way to read the bytes of a file. */
export interface Reading {
  /** The bytes, with text in UTF-8. */
  readonly bytes: Uint8Array
  readonly text: string
  readonly kind: 'text' | 'binary'
}

/** Bytes at the start that tell UTF-16. */
const SAMPLE_BYTES = 4096
const LEAST_SAMPLE_BYTES = 32
/** In UTF-16, every other byte of a text in Latin letters is NUL. */
const LEAST_NULS = 0.7

/**
 * Lists how a file may be read: as UTF-8, else byte by byte, because one wrong byte must not hide the rest; and as UTF-16 where it looks so.
 */
export function readingsOf(bytes: Uint8Array): readonly Reading[] {
  const wide = decodeUtf16(bytes)
  const kind = bytes.includes(0) ? 'binary' : 'text'
  return [
    { bytes, text: decodeText(bytes) ?? decodeBytes(bytes), kind },
    ...(wide === null ? [] : [{ bytes: encodeUtf8(wide), text: wide, kind: 'text' as const }]),
  ]
}

function decodeUtf16(bytes: Uint8Array): string | null {
  const encoding = utf16Of(bytes)
  return encoding === null ? null : new TextDecoder(encoding).decode(bytes)
}

function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  if (sample.byteLength < LEAST_SAMPLE_BYTES) return null
  const nuls = [0, 0]
  sample.forEach((byte, at) => {
    if (byte === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1
  })
  const [even = 0, odd = 0] = nuls.map((count) => count / (sample.byteLength / 2))
  if (odd >= LEAST_NULS && even < 1 - LEAST_NULS) return 'utf-16le'
  return even >= LEAST_NULS && odd < 1 - LEAST_NULS ? 'utf-16be' : null
}
