import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wrapWords } from '../../../src/cli/terminal/wrap-words.ts'

test('breaks lines between words and keeps their indent', () => {
  expect(wrapWords('error A_CODE: one two three\n  Do this and then that.', 16)).toBe(
    'error A_CODE:\none two three\n  Do this and\n  then that.',
  )
  expect(wrapWords('see https://example.org/a/long/path', 10)).toBe('see\nhttps://example.org/a/long/path')
})

test('loses no word, and no line with two words is too wide', () => {
  const words = fc.array(fc.stringMatching(/^[a-zé語]{1,12}$/), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(words, fc.integer({ min: 8, max: 60 }), (list, columns) => {
      const wrapped = wrapWords(list.join(' '), columns)
      expect(wrapped.split(/\s+/)).toEqual(list)
      for (const line of wrapped.split('\n').filter((one) => one.includes(' '))) {
        // CJK characters take two columns.
        expect(Array.from(line).reduce((sum, character) => sum + (character === '語' ? 2 : 1), 0)).toBeLessThanOrEqual(
          columns,
        )
      }
    }),
  )
})

test('a line is as full as it may be', () => {
  expect(wrapWords('ab cd', 5)).toBe('ab cd')
  expect(wrapWords('ab cd', 4)).toBe('ab\ncd')
  expect(wrapWords('ab cd ef', 5)).toBe('ab cd\nef')
})
