import { expect, test } from 'vitest'
import { decodeStreamHeader, encodeStreamHeader } from '../../../src/xz/container/stream-header.ts'
import { expectCode } from '../../support/expect-code.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

// Written by xz 5.4.1.
const sample = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46)

test('reads the check of a header that xz wrote', () => {
  expect(decodeStreamHeader(sample, 'a.xz')).toEqual({ check: 'CRC64' })
})

const options = [
  ['none', 'none'],
  ['crc32', 'CRC32'],
  ['crc64', 'CRC64'],
  ['sha256', 'SHA-256'],
] as const
testWith('xz').each(options)('knows the check that xz calls %s, and writes the same header', (option, check) => {
  const header = xz(Buffer.from('x'), `--check=${option}`).subarray(0, 12)
  expect(decodeStreamHeader(header, 'a.xz')).toEqual({ check })
  expect(Buffer.from(encodeStreamHeader({ check }))).toEqual(header)
})

test('knows that an id between the known checks is reserved', () => {
  expect(decodeStreamHeader(withFlags(0x00, 0x02, [0xd3, 0x73, 0xd7, 0xaf]), 'a.xz')).toEqual({ check: 'reserved' })
})

test.each([
  ['magic', 0],
  ['end of the magic', 5],
  ['flags', 7],
  ['CRC32', 8],
])('refuses a wrong byte in the %s', (_, index) => {
  const damaged = Uint8Array.from(sample)
  damaged[index] = 0x99
  expectCode('XZ_CORRUPT', () => decodeStreamHeader(damaged, 'a.xz'))
})

test('refuses a flag that the format reserves', () => {
  expectCode('XZ_OPTION_UNSUPPORTED', () => decodeStreamHeader(withFlags(0x01, 0x04, [0xa7, 0xe7, 0xaf, 0x5f]), 'a.xz'))
})

function withFlags(first: number, second: number, crc32: readonly number[]): Uint8Array {
  return Uint8Array.of(...sample.subarray(0, 6), first, second, ...crc32)
}
