import { expect, test } from 'vitest'
import { readU16, readU32, readU64 } from '../../src/bytes/little-endian.ts'

test('reads fields inside a view that does not start at its buffer', () => {
  const bytes = Uint8Array.from([0xff, 0x78, 0x56, 0x34, 0x92, 0, 0, 0, 0]).subarray(1)
  expect(readU16(bytes, 0)).toBe(0x5678)
  expect(readU32(bytes, 0)).toBe(0x92345678)
  expect(readU64(bytes, 0)).toBe(0x92345678)
})

test('refuses a 64-bit field that a number would round', () => {
  expect(() => readU64(Uint8Array.from([1, 0, 0, 0, 0, 0, 0x20, 0]), 0)).toThrow(RangeError)
})

test('refuses to read past the end', () => {
  expect(() => readU32(new Uint8Array(3), 0)).toThrow(RangeError)
})
