/** Writes a little-endian field of 32 bits, as all fixed fields of the .xz format are. The .xz File Format 1.2.1, section 1.2. */
export function writeU32(bytes: Uint8Array, byteOffset: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(byteOffset, value, true)
}
