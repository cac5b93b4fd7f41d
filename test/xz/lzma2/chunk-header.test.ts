import { expect, test } from 'vitest'
import {
  chunkHeaderByteLength,
  decodeChunkLengths,
  encodeCodedChunkHeader,
  encodeStoredChunkHeader,
} from '../../../src/xz/lzma2/chunk-header.ts'

test('a coded chunk states both lengths less one, and properties (lc 3, lp 0, pb 2) where they are reset', () => {
  expect(encodeCodedChunkHeader(2 ** 21, 2 ** 16, 'none')).toEqual(Uint8Array.of(0x9f, 0xff, 0xff, 0xff, 0xff))
  expect(encodeCodedChunkHeader(0x12346, 0x789b, 'state')).toEqual(Uint8Array.of(0xa1, 0x23, 0x45, 0x78, 0x9a))
  expect(encodeCodedChunkHeader(1, 6, 'state and properties')).toEqual(Uint8Array.of(0xc0, 0, 0, 0, 5, 0x5d))
  expect(encodeCodedChunkHeader(1, 6, 'everything')).toEqual(Uint8Array.of(0xe0, 0, 0, 0, 5, 0x5d))
})

test('a stored chunk states its length less one, and resets the dictionary where it is the first', () => {
  expect(encodeStoredChunkHeader(2 ** 16, 'first')).toEqual(Uint8Array.of(1, 0xff, 0xff))
  expect(encodeStoredChunkHeader(0x1235, 'later')).toEqual(Uint8Array.of(2, 0x12, 0x34))
})

test.each([
  [encodeCodedChunkHeader(2 ** 21, 2 ** 16, 'none'), 2 ** 16, 2 ** 21],
  [encodeCodedChunkHeader(0x12346, 0x789b, 'state'), 0x789b, 0x12346],
  [encodeCodedChunkHeader(1, 6, 'state and properties'), 6, 1],
  [encodeCodedChunkHeader(1, 6, 'everything'), 6, 1],
  [encodeStoredChunkHeader(2 ** 16, 'first'), 2 ** 16, 2 ** 16],
  [encodeStoredChunkHeader(0x1235, 'later'), 0x1235, 0x1235],
])('reads the lengths in chunk header %o', (header, packedByteLength, byteLength) => {
  expect(chunkHeaderByteLength(header[0] ?? 0)).toBe(header.byteLength)
  expect(decodeChunkLengths(header)).toEqual({ packedByteLength, byteLength })
})

test.each([0x03, 0x40, 0x7f])('no chunk begins with byte %i', (control) => {
  expect(chunkHeaderByteLength(control)).toBeNull()
})
