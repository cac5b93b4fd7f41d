import { describe, expect, test } from 'vitest'
import { formatJson, replaceControls } from '../../src/text/replace-controls.ts'

const CASES: readonly (readonly [string, string])[] = [
  ['the escape that begins a sequence', '\x1b'],
  ['the bell', '\x07'],
  ['a carriage return', '\r'],
  ['a backspace', '\b'],
  ['NUL', '\0'],
  ['DEL', '\x7f'],
  ['the one-byte CSI of C1', '\x9b'],
  ['the one-byte OSC of C1', '\x9d'],
  ['next line', '\x85'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['a right-to-left override', '\u202e'],
  ['a left-to-right isolate', '\u2066'],
  ['a right-to-left mark', '\u200f'],
]

describe.each(CASES)('%s', (_name, control) => {
  test('is replaced by one character', () => {
    expect(replaceControls(`a${control}b`)).toBe('a\ufffdb')
    expect(replaceControls(`a${control}b`, 'lines')).toBe('a\ufffdb')
  })

  test('is an escape in JSON, and reads back', () => {
    const text = formatJson({ key: `a${control}b`, [control]: 1 })
    expect(text).not.toContain(control)
    expect(JSON.parse(text)).toEqual({ key: `a${control}b`, [control]: 1 })
  })
})

test('line feeds and tabs stay only in text with a layout', () => {
  expect(replaceControls('a\n\tb', 'lines')).toBe('a\n\tb')
  expect(replaceControls('a\n\tb')).toBe('a\ufffd\ufffdb')
})

test('letters of every script stay, with the joiners that they need', () => {
  const text = 'Größe ☃ 安娜 👩‍🚀 می‌خواهم שלום'
  expect(replaceControls(text)).toBe(text)
  expect(formatJson(text)).toBe(JSON.stringify(text))
})

test('JSON keeps its layout', () => {
  expect(formatJson({ a: [1, 'x\ny'] })).toBe(JSON.stringify({ a: [1, 'x\ny'] }, null, 2))
})
