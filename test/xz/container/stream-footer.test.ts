import { expect, test } from 'vitest'
import { writeU32 } from '../../../src/bytes/little-endian.ts'
import { crc32 } from '../../../src/xz/container/crc32.ts'
import { decodeStreamFooter, encodeStreamFooter, isStreamFooter } from '../../../src/xz/container/stream-footer.ts'
import { expectCode } from '../../support/expect-code.ts'

// The end of what `printf hello | xz -T1` of xz 5.4.1 writes.
const sample = Uint8Array.of(0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a)

test('knows a footer that xz wrote', () => {
  expect(isStreamFooter(sample)).toBe(true)
})

test('refuses a footer that differs in one byte', () => {
  for (let index = 0; index < sample.byteLength; index++) {
    const damaged = Uint8Array.from(sample)
    damaged[index] = (damaged[index] ?? 0) ^ 0x01
    expect(isStreamFooter(damaged)).toBe(false)
  }
})

test('refuses a footer that is too short', () => {
  expect(isStreamFooter(sample.subarray(1))).toBe(false)
})

test('reads the length of the index and the check, and writes the same footer', () => {
  expect(decodeStreamFooter(sample, 'a.xz')).toEqual({ indexByteLength: 8, check: 'CRC64' })
  expect(encodeStreamFooter({ indexByteLength: 8, check: 'CRC64' })).toEqual(sample)
})

test.each([4, 2 ** 31, 2 ** 34])('reads and writes an index of %d bytes', (indexByteLength) => {
  const footer = encodeStreamFooter({ indexByteLength, check: 'SHA-256' })
  expect(decodeStreamFooter(footer, 'a.xz')).toEqual({ indexByteLength, check: 'SHA-256' })
})

test('refuses a footer with a wrong byte anywhere', () => {
  for (let index = 0; index < sample.byteLength; index++) {
    const damaged = Uint8Array.from(sample)
    damaged[index] = (damaged[index] ?? 0) ^ 0x80
    expectCode('XZ_CORRUPT', () => decodeStreamFooter(damaged, 'a.xz'))
  }
})

test.each([
  [8, 0x01],
  [9, 0x14],
])('refuses reserved flags in byte %d', (index, value) => {
  const footer = Uint8Array.from(sample)
  footer[index] = value
  writeU32(footer, 0, crc32(footer.subarray(4, 10)))
  expectCode('XZ_OPTION_UNSUPPORTED', () => decodeStreamFooter(footer, 'a.xz'))
})
