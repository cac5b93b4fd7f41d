import { expect, test } from 'vitest'
import { parseChecksumList } from '../../src/download/checksum-list.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)

test('reads text and binary lines of sha256sum, with and without ./', () => {
  expect([...parseChecksumList(`${a}  one.img.xz\n${b} *./two.img.xz\n`)]).toEqual([
    ['one.img.xz', a],
    ['two.img.xz', b],
  ])
})

test('reads CRLF line ends and hashes in capitals', () => {
  expect([...parseChecksumList(`${a.toUpperCase()}  one.img.xz\r\n`)]).toEqual([['one.img.xz', a]])
})

test('keeps spaces inside a name', () => {
  expect(parseChecksumList(`${a}  my image.img`).get('my image.img')).toBe(a)
})

test('puts a hash without a name under the empty name', () => {
  expect(parseChecksumList(`${a}\n`).get('')).toBe(a)
})

test.each(['<html><body>404</body></html>', `${a.slice(1)}  short.img`, `${a}c  long.img`, `x${a}  one.img`, ''])(
  'finds nothing in %j',
  (text) => {
    expect(parseChecksumList(text).size).toBe(0)
  },
)
