/** CRC32 of IEEE 802.3 and of the .xz format (section 6). */
import zlib from 'node:zlib'

type Crc32 = (bytes: Uint8Array, crc?: number) => number

/** Computes the CRC32 of bytes. `crc` is the CRC32 of the bytes before them, if any. */
export const crc32: Crc32 = (zlib as { readonly crc32?: Crc32 }).crc32 ?? crc32ByTable

/**
 * Computes `crc32` in JavaScript. `zlib.crc32` is ten times as fast, but is missing from the first releases of Node 20.
 */
export function crc32ByTable(bytes: Uint8Array, crc = 0): number {
  let state = ~crc
  for (const byte of bytes) state = (state >>> 8) ^ (table[(state ^ byte) & 0xff] ?? 0)
  return ~state >>> 0
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320
  return crc
})
