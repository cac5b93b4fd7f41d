/**
 * CRC-64/XZ: the polynomial of ECMA-182, bits reversed. The .xz File Format 1.2.1, section 6. JavaScript has no fast
 * 64-bit integers, so every value is a pair of 32-bit halves. Eight bytes are processed at a time, each with a separate
 * table ("slicing by eight", https://create.stephan-brumme.com/crc32/): about 0.9 GB/s, against 0.3 GB/s byte by byte.
 */
import { writeU32 } from '../../bytes/little-endian.ts'

const POLYNOMIAL_LOW = 0xd7870f42
const POLYNOMIAL_HIGH = 0xc96c5795
const SLICES = 8

/** The CRC-64 of bytes that arrive in pieces. */
export class Crc64 {
  #low = -1
  #high = -1

  update(bytes: Uint8Array): void {
    // Words need an address that is a multiple of four.
    const leading = Math.min(bytes.byteLength, -bytes.byteOffset & 3)
    const pairCount = Math.floor((bytes.byteLength - leading) / 8)
    if (pairCount === 0 || !isLittleEndian) {
      this.#updateBytes(bytes)
      return
    }
    this.#updateBytes(bytes.subarray(0, leading))
    this.#updateWords(new Int32Array(bytes.buffer, bytes.byteOffset + leading, pairCount * 2))
    this.#updateBytes(bytes.subarray(leading + pairCount * 8))
  }

  /** Returns the CRC as the format stores it: eight bytes, little-endian. */
  digest(): Uint8Array {
    const field = new Uint8Array(8)
    writeU32(field, 0, ~this.#low >>> 0)
    writeU32(field, 4, ~this.#high >>> 0)
    return field
  }

  #updateBytes(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const index = (this.#low ^ byte) & 0xff
      this.#low = ((this.#low >>> 8) | (this.#high << 24)) ^ entry(tables.low, index)
      this.#high = (this.#high >>> 8) ^ entry(tables.high, index)
    }
  }

  #updateWords(words: Int32Array): void {
    // The loop keeps local variables in registers, but not fields.
    let low = this.#low
    let high = this.#high
    const { low: lows, high: highs } = tables
    for (let at = 0; at < words.length; at += 2) {
      const first = low ^ entry(words, at)
      const second = high ^ entry(words, at + 1)
      // Seven bytes follow the first byte, so it uses the last table.
      const i0 = 0x700 | (first & 0xff)
      const i1 = 0x600 | ((first >>> 8) & 0xff)
      const i2 = 0x500 | ((first >>> 16) & 0xff)
      const i3 = 0x400 | (first >>> 24)
      const i4 = 0x300 | (second & 0xff)
      const i5 = 0x200 | ((second >>> 8) & 0xff)
      const i6 = 0x100 | ((second >>> 16) & 0xff)
      const i7 = second >>> 24
      low =
        entry(lows, i0) ^
        entry(lows, i1) ^
        entry(lows, i2) ^
        entry(lows, i3) ^
        entry(lows, i4) ^
        entry(lows, i5) ^
        entry(lows, i6) ^
        entry(lows, i7)
      high =
        entry(highs, i0) ^
        entry(highs, i1) ^
        entry(highs, i2) ^
        entry(highs, i3) ^
        entry(highs, i4) ^
        entry(highs, i5) ^
        entry(highs, i6) ^
        entry(highs, i7)
    }
    this.#low = low
    this.#high = high
  }
}

/** Reads an existing entry. `?? 0` satisfies the type checker and costs the hot loop nothing. */
function entry(numbers: Int32Array, index: number): number {
  return numbers[index] ?? 0
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** Table n at 256·n: the CRC of a byte that n zero bytes follow. */
const tables = makeTables()

function makeTables(): { readonly low: Int32Array; readonly high: Int32Array } {
  const low = new Int32Array(256 * SLICES)
  const high = new Int32Array(256 * SLICES)
  for (let index = 0; index < 256; index++) {
    let [l, h] = [index, 0]
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (carry === 1) [l, h] = [l ^ POLYNOMIAL_LOW, h ^ POLYNOMIAL_HIGH]
    }
    low[index] = l
    high[index] = h
  }
  for (let index = 256; index < 256 * SLICES; index++) {
    const [l, h] = [entry(low, index - 256), entry(high, index - 256)]
    low[index] = ((l >>> 8) | (h << 24)) ^ entry(low, l & 0xff)
    high[index] = (h >>> 8) ^ entry(high, l & 0xff)
  }
  return { low, high }
}
