import { expect, test } from 'vitest'
import { detectImageFormat } from '../../../src/base-images/format/detect-format.ts'
import { expectCode } from '../../support/expect-code.ts'
import { sampleImage } from '../../support/sample-image.ts'

const start = (...bytes: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(bytes), Buffer.alloc(512 - bytes.length)])

test('tells raw, xz and gzip by their bytes', () => {
  expect(detectImageFormat(sampleImage().subarray(0, 512), 'a')).toBe('raw')
  expect(detectImageFormat(start(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00), 'a')).toBe('xz')
  expect(detectImageFormat(start(0x1f, 0x8b), 'a')).toBe('gzip')
})

test.each([
  ['zip', [0x50, 0x4b, 3, 4]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['qcow2', [0x51, 0x46, 0x49, 0xfb]],
] as const)('refuses %s by name', (format, magic) => {
  expect(expectCode('BASE_FORMAT_UNSUPPORTED', () => detectImageFormat(start(...magic), 'a.img')).message).toContain(
    format,
  )
})

test('accepts boot code that begins like another format', () => {
  const image = start(0x42, 0x5a, 0x68)
  image[510] = 0x55
  image[511] = 0xaa
  expect(detectImageFormat(image, 'a.img')).toBe('raw')
})

test.each([
  ['a web page', Buffer.from('<html>')],
  ['a short file', Buffer.from([0x55])],
  ['zeros', Buffer.alloc(512)],
])('refuses %s', (_, head) => {
  expectCode('PARTITION_TABLE_MISSING', () => detectImageFormat(head, 'a.img'))
})
