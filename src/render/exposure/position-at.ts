/** Where a byte of a text is, as editors count: 1-based, columns in UTF-16 units. */
export function positionAt(bytes: Uint8Array, byteOffset: number): { readonly line: number; readonly column: number } {
  const before = new TextDecoder().decode(bytes.subarray(0, byteOffset)).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
