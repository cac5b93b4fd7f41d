import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeU32 } from '../../../src/bytes/little-endian.ts'
import {
  decodeBlockIndex,
  encodeBlockIndex,
  MAX_BLOCKS,
  requireIndexLength,
} from '../../../src/xz/container/block-index.ts'
import { crc32 } from '../../../src/xz/container/crc32.ts'
import { encodeMultibyteInteger } from '../../../src/xz/container/multibyte-integer.ts'
import { decodeStreamFooter } from '../../../src/xz/container/stream-footer.ts'
import { expectCode } from '../../support/expect-code.ts'
import { noise } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

/** The index of a stream that xz wrote. */
function indexOf(packed: Uint8Array): Uint8Array {
  const { indexByteLength } = decodeStreamFooter(packed.subarray(-12), 'a.xz')
  return Uint8Array.from(packed.subarray(packed.byteLength - 12 - indexByteLength, packed.byteLength - 12))
}

/** An index with these bytes, padded to a multiple of four, with a CRC32 that matches. */
function indexWith(...content: readonly number[]): Uint8Array {
  const index = new Uint8Array(Math.ceil(content.length / 4) * 4 + 4)
  index.set(content)
  writeU32(index, index.byteLength - 4, crc32(index.subarray(0, -4)))
  return index
}

testWith('xz').each([0, 1, 4096, 50_000])('reads and writes the index that xz writes for %d bytes', (byteLength) => {
  const index = indexOf(xz(noise(byteLength, 1), '-T1', '--block-size=4KiB'))
  const records = decodeBlockIndex(index, 'a.xz')
  expect(records.length).toBe(Math.ceil(byteLength / 4096))
  expect(records.reduce((sum, record) => sum + record.byteLength, 0)).toBe(byteLength)
  expect(encodeBlockIndex(records)).toEqual(index)
})

test('reads back any records that it wrote', () => {
  // Numbers of every length that the format has for them.
  const size = fc.tuple(fc.nat(2 ** 30), fc.nat(20)).map(([value, doublings]) => value * 2 ** doublings)
  const record = fc.record({ unpaddedByteLength: size.map((value) => 5 + value), byteLength: size })
  fc.assert(
    fc.property(fc.array(record, { maxLength: 40 }), (records) => {
      expect(decodeBlockIndex(encodeBlockIndex(records), 'a.xz')).toEqual(records)
    }),
  )
})

describe('refuses, though the CRC32 matches,', () => {
  const size2to60 = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]
  test.each([
    ['another first byte', indexWith(1, 0, 0, 0)],
    ['more records than there is room for', indexWith(0, 3, 20, 1, 20, 1)],
    ['2^60 records', indexWith(0, ...size2to60)],
    ['a block of 2^60 bytes', indexWith(0, 1, ...size2to60, 1)],
    ['data of 2^60 bytes', indexWith(0, 1, 20, ...size2to60)],
    ['a block of four bytes', indexWith(0, 1, 4, 1)],
    ['a number in more bytes than it needs', indexWith(0, 1, 0x94, 0x00, 1)],
    ['padding that is not zero', indexWith(0, 1, 20, 1, 0, 0, 1)],
    ['a fourth byte of padding', indexWith(0, 1, 20, 1, 0, 0, 0, 0)],
    ['no bytes', new Uint8Array(0)],
  ])('%s', (_, index) => {
    expectCode('XZ_CORRUPT', () => decodeBlockIndex(index, 'a.xz'))
  })

  test('more blocks than the limit', () => {
    const count = encodeMultibyteInteger(MAX_BLOCKS + 1)
    const index = new Uint8Array((4 + 2 * (MAX_BLOCKS + 1) + 8) & ~3)
    index.fill(5)
    index[0] = 0
    index.set(count, 1)
    writeU32(index, index.byteLength - 4, crc32(index.subarray(0, -4)))
    expectCode('XZ_TOO_MANY_BLOCKS', () => decodeBlockIndex(index, 'a.xz'))
    expectCode('XZ_TOO_MANY_BLOCKS', () => {
      requireIndexLength(2 ** 34, 'a.xz')
    })
  })
})

test('refuses a wrong bit anywhere', () => {
  const index = encodeBlockIndex([
    { unpaddedByteLength: 1000, byteLength: 4096 },
    { unpaddedByteLength: 77, byteLength: 100 },
  ])
  for (let bit = 0; bit < index.byteLength * 8; bit++) {
    const damaged = Uint8Array.from(index)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expectCode('XZ_CORRUPT', () => decodeBlockIndex(damaged, 'a.xz'))
  }
})
