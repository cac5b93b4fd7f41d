import { expect, test } from 'vitest'
import { displayWidth, shortenMiddle } from '../../../src/cli/terminal/display-width.ts'

test.each([
  ['abc', 3],
  ['木莓', 4],
  ['e\u0301', 1],
  ['🍓', 2],
])('%s takes %i columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns)
})

test.each([
  ['abcdefghij', 10, 'abcdefghij'],
  ['abcdefghij', 5, 'ab…ij'],
  ['abcdefghij', 1, '…'],
  ['abcdefghij', 0, ''],
  ['木莓木莓木莓', 6, '木…莓'],
])('%s in %i columns is %s', (text, columns, short) => {
  expect(shortenMiddle(text, columns)).toBe(short)
})
