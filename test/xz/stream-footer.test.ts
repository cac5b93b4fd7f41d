import { expect, test } from 'vitest'
import { isStreamFooter } from '../../src/xz/stream-footer.ts'

// The end of what `printf hello | xz -T1` of xz 5.4.1 writes.
const sample = Uint8Array.of(0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a)

test('knows a footer that xz wrote', () => {
  expect(isStreamFooter(sample)).toBe(true)
})

test('takes nothing for a footer that differs in one byte', () => {
  for (let index = 0; index < sample.byteLength; index++) {
    const damaged = Uint8Array.from(sample)
    damaged[index] = (damaged[index] ?? 0) ^ 0x01
    expect(isStreamFooter(damaged)).toBe(false)
  }
})

test('takes nothing for a footer that is shorter', () => {
  expect(isStreamFooter(sample.subarray(1))).toBe(false)
})
