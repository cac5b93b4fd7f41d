/** Reads and writes of little-endian fields; an offset outside the bytes throws a RangeError, as DataView does. */

export function readU16(bytes: Uint8Array, byteOffset: number): number {
  // A DataView for each field takes most of the time in which a hundred thousand inodes are read.
  const low = bytes[byteOffset]
  const high = bytes[byteOffset + 1]
  return low === undefined || high === undefined ? view(bytes).getUint16(byteOffset, true) : low + high * 0x100
}

export function readU32(bytes: Uint8Array, byteOffset: number): number {
  return readU16(bytes, byteOffset) + readU16(bytes, byteOffset + 2) * 0x10000
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
