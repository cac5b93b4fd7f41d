import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeMultibyteInteger, encodeMultibyteInteger } from '../../../src/xz/container/multibyte-integer.ts'
import { expectCode } from '../../support/expect-code.ts'

function decode(...bytes: readonly number[]): readonly [value: number, offset: number] {
  const cursor = { bytes: Uint8Array.from(bytes), offset: 0, file: 'a.xz' }
  return [decodeMultibyteInteger(cursor), cursor.offset]
}

const samples: readonly (readonly [number, readonly number[]])[] = [
  [0, [0x00]],
  [127, [0x7f]],
  [128, [0x80, 0x01]],
  [2 ** 32, [0x80, 0x80, 0x80, 0x80, 0x10]],
  [5_000_000_000, [0x80, 0xe4, 0x97, 0xd0, 0x12]],
  [Number.MAX_SAFE_INTEGER, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]],
]

test.each(samples)('reads and writes %d', (value, bytes) => {
  expect([...encodeMultibyteInteger(value)]).toEqual(bytes)
  expect(decode(...bytes)).toEqual([value, bytes.length])
})

test('reads back every number of up to three bytes, and stops after it', () => {
  const wrong: number[] = []
  for (let value = 0; value < 2 ** 17; value++) {
    const bytes = encodeMultibyteInteger(value)
    const [decoded, offset] = decode(...bytes, 0xff)
    if (decoded !== value || offset !== bytes.byteLength) wrong.push(value)
  }
  expect(wrong).toEqual([])
})

test('reads back any number that JavaScript represents exactly', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = encodeMultibyteInteger(value)
      expect(decode(...bytes, 0xff)).toEqual([value, bytes.byteLength])
    }),
  )
})

test.each([
  ['is cut off', [0x80]],
  ['is empty', []],
  ['is longer than it need be', [0x80, 0x00]],
  ['is longer than it need be by more', [0xff, 0x80, 0x00]],
  ['has ten bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ['is 2^53', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
  ['is 2^60', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
  ['is 2^63 - 1', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
])('refuses a number that %s', (_, bytes) => {
  expectCode('XZ_CORRUPT', () => decode(...bytes))
})

test.each([-1, 0.5, 2 ** 53, NaN])('does not write %d', (value) => {
  expectCode('BUG', () => encodeMultibyteInteger(value))
})
