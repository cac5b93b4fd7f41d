/** Reads and writes of little-endian fields; an offset outside the bytes throws a RangeError, as DataView does. */

export function readU16(bytes: Uint8Array, byteOffset: number): number {
  return view(bytes).getUint16(byteOffset, true)
}

export function readU32(bytes: Uint8Array, byteOffset: number): number {
  return view(bytes).getUint32(byteOffset, true)
}

/** Reads a 64-bit field as a number; throws a RangeError above `Number.MAX_SAFE_INTEGER` rather than round. */
export function readU64(bytes: Uint8Array, byteOffset: number): number {
  const value = view(bytes).getBigUint64(byteOffset, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`64-bit field ${value} is beyond 2^53`)
  return Number(value)
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Writes a little-endian field of 32 bits. */
export function writeU32(bytes: Uint8Array, byteOffset: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(byteOffset, value, true)
}
