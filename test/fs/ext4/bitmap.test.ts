import { expect, test } from 'vitest'
import { isFilledFrom } from '../../../src/fs/ext4/bitmap.ts'

test('a bitmap is filled from a bit on if all bits from there are set, lowest bit first', () => {
  const bitmap = Uint8Array.of(0xff, 0b1111_0000, 0xff)
  const filled = Array.from({ length: 25 }, (_, start) => isFilledFrom(bitmap, start))
  expect(filled).toEqual(filled.map((_, start) => start >= 12))
})
