/** Says whether two byte arrays hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0
}

/** Says whether every byte is zero. */
export function isZeroFilled(bytes: Uint8Array): boolean {
  // A first look at one byte spares most data the long comparison, which runs as fast as memcmp.
  if (bytes.byteLength > 0 && bytes[0] !== 0) return false
  for (let from = 0; from < bytes.byteLength; from += zeros.byteLength) {
    const piece = bytes.subarray(from, from + zeros.byteLength)
    if (Buffer.compare(piece, zeros.subarray(0, piece.byteLength)) !== 0) return false
  }
  return true
}

const zeros = new Uint8Array(64 * 1024)
