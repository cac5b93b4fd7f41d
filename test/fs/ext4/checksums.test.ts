import { expect, test } from 'vitest'
import { crc16 } from '../../../src/fs/ext4/crc16.ts'
import { crc32c, crc32cOfU32, crc32cOfU64, crc32cOfZeroU16 } from '../../../src/fs/ext4/crc32c.ts'

const digits = new TextEncoder().encode('123456789')
const zeros = new Uint8Array(32)
const ones = new Uint8Array(32).fill(0xff)
const invert = (crc: number): number => ~crc >>> 0

// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
test.each([
  [digits, 0xe3069283],
  [zeros, 0x8a9136aa],
  [ones, 0x62a8ab43],
])('computes the published CRC32C', (bytes, expected) => {
  expect(invert(crc32c(0xffffffff, bytes))).toBe(expected)
})

test('continues over pieces, ranges and numbers', () => {
  const bytes = Uint8Array.from({ length: 45 }, (_, index) => index * 7)
  const whole = crc32c(1, bytes)
  for (let cut = 0; cut <= bytes.byteLength; cut += 1) {
    expect(crc32c(crc32c(1, bytes.subarray(0, cut)), bytes.subarray(cut))).toBe(whole)
    expect(crc32c(crc32c(1, bytes, 0, cut), bytes, cut)).toBe(whole)
  }
  expect(crc32cOfU32(9, 0xfedcba98)).toBe(crc32c(9, Uint8Array.of(0x98, 0xba, 0xdc, 0xfe)))
  expect(crc32cOfU64(9, 5 * 2 ** 32 + 0xfedcba98)).toBe(crc32c(9, Uint8Array.of(0x98, 0xba, 0xdc, 0xfe, 5, 0, 0, 0)))
  expect(crc32cOfZeroU16(9)).toBe(crc32c(9, new Uint8Array(2)))
})

test('computes the published CRC16', () => {
  expect(crc16(0xffff, digits)).toBe(0x4b37)
})
