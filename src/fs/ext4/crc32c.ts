/** CRC32C (Castagnoli), by which ext4 protects its metadata: without the usual inversion at start and end. */

/** The polynomial of RFC 3720, appendix B.4, with its bits reversed. */
const POLYNOMIAL = 0x82f63b78
const TABLE_ENTRIES = 256
/** Eight bytes are looked up at once, each in the table of its distance from the end. */
const TABLE_COUNT = 8

const tables = makeTables()

/** Continues a CRC32C over more bytes, or over those from `start` to `end`. A first call passes a seed. */
export function crc32c(seed: number, bytes: Uint8Array, start = 0, end = bytes.byteLength): number {
  let crc = seed >>> 0
  let at = start
  for (const last = end - TABLE_COUNT; at <= last; at += TABLE_COUNT) {
    crc ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
    crc =
      lookUp(7, crc & 0xff) ^
      lookUp(6, (crc >>> 8) & 0xff) ^
      lookUp(5, (crc >>> 16) & 0xff) ^
      lookUp(4, crc >>> 24) ^
      lookUp(3, byteAt(bytes, at + 4)) ^
      lookUp(2, byteAt(bytes, at + 5)) ^
      lookUp(1, byteAt(bytes, at + 6)) ^
      lookUp(0, byteAt(bytes, at + 7))
  }
  for (; at < end; at += 1) crc = lookUp(0, (crc ^ byteAt(bytes, at)) & 0xff) ^ (crc >>> 8)
  return crc >>> 0
}

/** Continues a CRC32C over a number of 32 bits, lowest byte first. */
export function crc32cOfU32(seed: number, value: number): number {
  let crc = (seed ^ value) >>> 0
  for (let byte = 0; byte < 4; byte += 1) crc = lookUp(0, crc & 0xff) ^ (crc >>> 8)
  return crc >>> 0
}

/** Continues a CRC32C over a number of 64 bits, lowest byte first. */
export function crc32cOfU64(seed: number, value: number): number {
  return crc32cOfU32(crc32cOfU32(seed, value % 2 ** 32), Math.floor(value / 2 ** 32))
}

/** Continues a CRC32C over two bytes of zero: the place of a checksum in what it covers. */
export function crc32cOfZeroU16(seed: number): number {
  let crc = seed
  for (let byte = 0; byte < 2; byte += 1) crc = lookUp(0, crc & 0xff) ^ (crc >>> 8)
  return crc >>> 0
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

function lookUp(table: number, byte: number): number {
  return tables[table * TABLE_ENTRIES + byte] ?? 0
}

function makeTables(): Uint32Array {
  const made = new Uint32Array(TABLE_COUNT * TABLE_ENTRIES)
  for (let index = 0; index < made.length; index += 1) {
    const before = index < TABLE_ENTRIES ? index : (made[index - TABLE_ENTRIES] ?? 0)
    made[index] = index < TABLE_ENTRIES ? shiftOut(before) : (made[before & 0xff] ?? 0) ^ (before >>> 8)
  }
  return made
}

function shiftOut(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL
  return crc
}
