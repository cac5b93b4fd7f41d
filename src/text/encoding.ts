/** Reads a fixed-width field of single-byte characters: up to its first NUL, without trailing spaces. */
export function decodePaddedAscii(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder('latin1').decode(end === -1 ? bytes : bytes.subarray(0, end)).trimEnd()
}

/** The character that a decoder writes in place of bytes that are no text. Node decodes variables and typed lines that way. */
export const REPLACEMENT = '\uFFFD'

/** Reads UTF-8. Invalid bytes become U+FFFD; a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/** Reads UTF-8; null where the bytes are not UTF-8. A byte order mark at the start is left out. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Reads each byte as one character, U+0000 to U+00FF. `encodeBytes` gives the same bytes back, whatever their encoding. */
export function decodeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Writes characters up to U+00FF as one byte each. */
export function encodeBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
