import { expect, test } from 'vitest'
import { crc32 } from '../../src/xz/crc32.ts'

test('gives the check value of the CRC catalogue and zero for nothing', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array(0))).toBe(0)
})
