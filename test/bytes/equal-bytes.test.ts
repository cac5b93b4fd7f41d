import { expect, test } from 'vitest'
import { equalBytes, isZeroFilled } from '../../src/bytes/equal-bytes.ts'

test('tells arrays of other length or content apart', () => {
  expect(equalBytes(Uint8Array.from([1, 2]), Uint8Array.from([1, 2]))).toBe(true)
  expect(equalBytes(Uint8Array.from([1, 2]), Uint8Array.from([1, 3]))).toBe(false)
  expect(equalBytes(Uint8Array.from([1, 2]), Uint8Array.from([1, 2, 0]))).toBe(false)
})

test.each([0, 1, 65_535, 65_536, 65_537, 200_000])('finds a last byte that is not zero in %i zeros', (byteLength) => {
  const bytes = new Uint8Array(byteLength)
  expect(isZeroFilled(bytes)).toBe(true)
  if (byteLength === 0) return
  bytes[byteLength - 1] = 1
  expect(isZeroFilled(bytes)).toBe(false)
})
