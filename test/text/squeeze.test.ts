import fc from 'fast-check'
import { expect, test } from 'vitest'
import { originalOffsets, squeeze } from '../../src/text/squeeze.ts'

test.each([
  ['ab c\td\r\ne\n', 'abcde'],
  ['"ab\\\n  cd"', '"abcd"'],
  ['ab\\ncd\\r\\n', 'abcd'],
  ['a\\b\\', 'a\\b\\'],
  ['é ü', 'éü'],
])('%j has no white space as %j', (text, expected) => {
  expect(Buffer.from(squeeze(Buffer.from(text))).toString()).toBe(expected)
})

test('each byte that is left is found in the text again', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'n', '\\', ' ', '\n', '\r', 'é'), maxLength: 40 })
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text)
      const squeezed = squeeze(bytes)
      const offsets = originalOffsets(bytes, [...squeezed.keys()])
      expect(offsets.map((offset) => bytes[offset])).toEqual([...squeezed])
      expect(offsets).toEqual([...new Set(offsets)].sort((one, other) => one - other))
    }),
  )
})
