import { expect, test } from 'vitest'
import type { BlockFilter } from '../../../src/xz/container/block-header.ts'
import { lzma2Filter, requireLzma2Alone } from '../../../src/xz/container/lzma2-filter.ts'
import { expectCode } from '../../support/expect-code.ts'

const KIB = 1024
const sizes: readonly (readonly [number, number])[] = [
  [0, 0],
  [4 * KIB, 0],
  [4 * KIB + 1, 1],
  [6 * KIB, 1],
  [8 * KIB, 2],
  [64 * KIB, 8],
  [64 * KIB + 1, 9],
  [192 * 1024 * KIB, 31],
  [2 ** 33, 40],
]

test.each(sizes)('covers %d bytes with property %d', (byteLength, property) => {
  expect(lzma2Filter(byteLength)).toEqual({ id: 0x21, properties: Uint8Array.of(property) })
})

function header(...filters: readonly BlockFilter[]): Parameters<typeof requireLzma2Alone>[0] {
  return { compressedByteLength: null, uncompressedByteLength: null, filters }
}

function lzma2(...properties: readonly number[]): BlockFilter {
  return { id: 0x21, properties: Uint8Array.from(properties) }
}

test('takes LZMA2 with a dictionary of up to 64 MiB', () => {
  for (let property = 0; property <= 28; property++) requireLzma2Alone(header(lzma2(property)), 'a.xz')
})

test.each([
  ['XZ_DICTIONARY_TOO_LARGE', [lzma2(29)]],
  ['XZ_DICTIONARY_TOO_LARGE', [lzma2(40)]],
  ['XZ_OPTION_UNSUPPORTED', [lzma2(41)]],
  ['XZ_OPTION_UNSUPPORTED', [lzma2(0x40)]],
  ['XZ_OPTION_UNSUPPORTED', [lzma2()]],
  ['XZ_OPTION_UNSUPPORTED', [lzma2(8, 8)]],
  ['XZ_OPTION_UNSUPPORTED', [lzma2(8), lzma2(8)]],
  ['XZ_FILTER_UNSUPPORTED', [{ id: 0x07, properties: new Uint8Array(0) }, lzma2(8)]],
  ['XZ_FILTER_UNSUPPORTED', [{ id: 0x4000, properties: new Uint8Array(0) }]],
] as const)('refuses with %s', (code, filters) => {
  expectCode(code, () => {
    requireLzma2Alone(header(...filters), 'a.xz')
  })
})
