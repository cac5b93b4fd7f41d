import { expect, test } from 'vitest'
import { crc32, crc32ByTable } from '../../../src/xz/container/crc32.ts'
import { noise } from '../../support/sample-image.ts'

test.each([
  ['this Node', crc32],
  ['JavaScript', crc32ByTable],
])('%s gives the check value of the CRC catalogue and zero for nothing', (_, crc) => {
  expect(crc(Buffer.from('123456789'))).toBe(0xcbf43926)
  expect(crc(new Uint8Array(0))).toBe(0)
})

test.each([
  ['this Node', crc32],
  ['JavaScript', crc32ByTable],
])('%s goes on from the CRC of what came before', (_, crc) => {
  const bytes = noise(1000, 1)
  expect(crc(bytes.subarray(300), crc(bytes.subarray(0, 300)))).toBe(crc32(bytes))
})
