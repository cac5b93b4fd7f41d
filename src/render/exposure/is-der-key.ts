/**
 * Says whether a whole file is a private key in DER: PKCS #8 (RFC 5958), PKCS #1 (RFC 8017, A.1.2) or SEC 1 (RFC 5915). They begin with the
 * same tags: a sequence that ends with the file, and a version.
 */
export function isDerKey(bytes: Uint8Array): boolean {
  const outer = readHeader(bytes, 0)
  if (outer?.tag !== SEQUENCE || outer.end !== bytes.byteLength) return false
  const version = readHeader(bytes, outer.start)
  if (version?.tag !== INTEGER || version.end !== version.start + 1) return false
  const number = bytes[version.start] ?? 0
  const next = readHeader(bytes, version.end)
  if (next === null || number > 1 || next.end > bytes.byteLength) return false
  const byteLength = next.end - next.start
  switch (next.tag) {
    case SEQUENCE:
      return bytes[next.start] === OBJECT_IDENTIFIER && bytes[next.end] === OCTET_STRING
    case INTEGER:
      return number === 0 && byteLength >= SHORTEST_MODULUS
    case OCTET_STRING:
      return number === 1 && byteLength >= SHORTEST_SCALAR && byteLength <= LONGEST_SCALAR
    default:
      return false
  }
}

const INTEGER = 0x02
const OCTET_STRING = 0x04
const OBJECT_IDENTIFIER = 0x06
const SEQUENCE = 0x30
/** Bytes of the smallest RSA key in use, and of the keys of curves from P-224 to P-521. */
const SHORTEST_MODULUS = 64
const SHORTEST_SCALAR = 28
const LONGEST_SCALAR = 66

/** Reads the tag and the length of an element; null where they are not those of a short file. */
function readHeader(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } | null {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) return null
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first }
  const count = first - 0x80
  if (count < 1 || count > 3) return null
  let byteLength = 0
  for (const byte of bytes.subarray(at + 2, at + 2 + count)) byteLength = byteLength * 256 + byte
  return { tag, start: at + 2 + count, end: at + 2 + count + byteLength }
}
