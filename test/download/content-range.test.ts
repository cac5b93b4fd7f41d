import { expect, test } from 'vitest'
import { parseContentRange } from '../../src/download/content-range.ts'

test.each([
  ['bytes 100-199/200', { firstByte: 100, totalBytes: 200 }],
  ['bytes 100-199/*', { firstByte: 100, totalBytes: null }],
  ['bytes */200', { firstByte: null, totalBytes: 200 }],
])('reads %s', (header, range) => {
  expect(parseContentRange(header)).toEqual(range)
})

test.each([null, '', 'bytes', 'bytes -5/200', 'lines 1-2/3', 'bytes 1-2/3 '])('finds nothing in %j', (header) => {
  expect(parseContentRange(header)).toBeNull()
})
