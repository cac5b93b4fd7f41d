import { expect, test } from 'vitest'
import { writeU32 } from '../../../src/bytes/little-endian.ts'
import {
  blockHeaderByteLength,
  decodeBlockHeader,
  encodeBlockHeader,
  filterName,
} from '../../../src/xz/container/block-header.ts'
import { crc32 } from '../../../src/xz/container/crc32.ts'
import { expectCode } from '../../support/expect-code.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

// Written by `printf hello | xz -T1` and `-T2` of xz 5.4.1: without and with the sizes of the block.
const plain = Uint8Array.of(0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3)
const sized = Uint8Array.of(
  0x04,
  0xc0,
  0x09,
  0x05,
  0x21,
  0x01,
  0x16,
  0x00,
  0x00,
  0x00,
  0x00,
  0x00,
  0x00,
  0x00,
  0x00,
  0x00,
  0xbf,
  0x79,
  0x25,
  0x67,
)

test.each([
  ['without', plain, null, null],
  ['with', sized, 9, 5],
])('reads a header %s sizes', (_, header, compressedByteLength, uncompressedByteLength) => {
  expect(blockHeaderByteLength(header[0] ?? 0)).toBe(header.byteLength)
  const filters = [{ id: 0x21, properties: Uint8Array.of(0x16) }]
  expect(decodeBlockHeader(header, 'a.xz')).toEqual({ compressedByteLength, uncompressedByteLength, filters })
})

test('writes the header that xz writes', () => {
  expect(encodeBlockHeader(decodeBlockHeader(plain, 'a.xz'))).toEqual(plain)
})

test.each([1, 127, 128, 2 ** 31, 2 ** 40])('reads what it wrote, for sizes of %d', (size) => {
  const filters = [
    { id: 0x03, properties: Uint8Array.of(3) },
    { id: 0x21, properties: Uint8Array.of(8) },
  ]
  const sizes = [
    [size, size],
    [size, null],
    [null, size],
  ] as const
  for (const [compressedByteLength, uncompressedByteLength] of sizes) {
    const header = { compressedByteLength, uncompressedByteLength, filters }
    const bytes = encodeBlockHeader(header)
    expect(bytes.byteLength).toBe(blockHeaderByteLength(bytes[0] ?? 0))
    expect(decodeBlockHeader(bytes, 'a.xz')).toEqual(header)
  }
})

test.each([
  ['a reserved flag', 1, 0x04, 'XZ_OPTION_UNSUPPORTED'],
  ['another reserved flag', 1, 0x20, 'XZ_OPTION_UNSUPPORTED'],
  ['padding that is not zero', 7, 0x01, 'XZ_OPTION_UNSUPPORTED'],
  ['a compressed size of zero', 2, 0x00, 'XZ_CORRUPT'],
  ['another length than its own', 0, 0x03, 'XZ_CORRUPT'],
] as const)('refuses %s, though the CRC32 matches', (what, index, value, code) => {
  const header = Uint8Array.from(what.includes('size') ? sized : plain)
  header[index] = value
  writeU32(header, header.byteLength - 4, crc32(header.subarray(0, -4)))
  expectCode(code, () => decodeBlockHeader(header, 'a.xz'))
})

test.each([0, 4, 7])('refuses %d bytes', (byteLength) => {
  expectCode('XZ_CORRUPT', () => decodeBlockHeader(plain.subarray(0, byteLength), 'a.xz'))
})

test('treats a first byte of zero as the index', () => {
  expect(blockHeaderByteLength(0)).toBe(0)
})

testWith('xz')('reads chains of filters in their order', () => {
  const packed = xz(Buffer.from('hello'), '--delta=dist=4', '--arm', '--lzma2=preset=1')
  const header = packed.subarray(12, 12 + blockHeaderByteLength(packed[12] ?? 0))
  expect(decodeBlockHeader(header, 'a.xz').filters.map(({ id }) => filterName(id))).toEqual([
    'delta',
    'BCJ ARM',
    'LZMA2',
  ])
})

test('names a filter that it does not know by its number', () => {
  expect(filterName(0x4000)).toBe('0x4000')
})

test('refuses a wrong byte anywhere', () => {
  for (let index = 1; index < plain.byteLength; index++) {
    const damaged = Uint8Array.from(plain)
    damaged[index] = (damaged[index] ?? 0) ^ 0x40
    expectCode('XZ_CORRUPT', () => decodeBlockHeader(damaged, 'a.xz'))
  }
})

test('refuses filters that do not fit into the header', () => {
  // Four filters announced, with a CRC32 that matches; only one is there and its properties run over the end.
  const header = Uint8Array.of(0x02, 0x03, 0x21, 0x7f, 0x16, 0x00, 0x00, 0x00, 0, 0, 0, 0)
  header.set(crc32OfHeader, 8)
  expectCode('XZ_CORRUPT', () => decodeBlockHeader(header, 'a.xz'))
})

const crc32OfHeader = Uint8Array.of(0x47, 0x6b, 0xef, 0xd4)
