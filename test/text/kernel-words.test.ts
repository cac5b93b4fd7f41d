import { expect, test } from 'vitest'
import { joinWords, parseKernelWord, splitKernelLine } from '../../src/text/kernel-words.ts'

test.each<[string, string, string | null]>([
  ['quiet', 'quiet', null],
  ['a=b=c', 'a', 'b=c'],
  ['a=', 'a', ''],
  ['"a b"', 'a b', null],
  ['"a=b c"', 'a', 'b c'],
  ['a="b c"', 'a', 'b c'],
  ['"a="b c""', 'a', 'b c"'],
  ['a="b"c', 'a', 'b"c'],
  ['a=b"c"', 'a', 'b"c"'],
  ['a"b"', 'a"b"', null],
  ['"a"b', 'a"b', null],
  ['a="b', 'a', 'b'],
  ['a="', 'a', ''],
  ['"', '', null],
  ['=a', '=a', null],
  ['=a=b', '=a', 'b'],
])('the kernel reads %s as %o with the value %o', (word, name, value) => {
  expect(parseKernelWord(word)).toEqual({ name, value })
})

test('splits at blanks outside quotes and at the first --, and joins to the same line', () => {
  const line = 'a  "b -- c" d="e\tf"g -- h -- i'
  const { kernel, init } = splitKernelLine(line)
  expect(kernel.map(({ text }) => text)).toEqual(['a', '"b -- c"', 'd="e\tf"g'])
  expect(init.map(({ text }) => text)).toEqual(['--', 'h', '--', 'i'])
  expect(joinWords([...kernel, ...init])).toBe(line)
})
