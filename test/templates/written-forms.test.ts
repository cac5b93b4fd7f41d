import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valueHelpers } from '../../src/templates/template-helpers.ts'
import { compileTemplate } from '../../src/templates/template.ts'
import { writtenForms } from '../../src/templates/written-forms.ts'
import { ValueError } from '../../src/text/value-error.ts'

const awkward = fc.string({
  unit: fc.constantFrom('a', '1', ' ', '"', "'", '\\', '$', '`', '%', '#', ':', '{', 'é', '😀', '\t', '\n', '\u2028'),
  minLength: 1,
  maxLength: 12,
})

describe.each(Object.entries(valueHelpers))('what {{%s}} writes', (name, format) => {
  test('is among the forms of a text', () => {
    fc.assert(
      fc.property(awkward, (text) => {
        let written: string
        try {
          written = format(text, {})
        } catch (error) {
          if (error instanceof ValueError) return
          throw error
        }
        expect(writtenForms(text).some((form) => form !== '' && written.includes(form))).toBe(true)
      }),
    )
  })

  test('is found in a file, also within a shell command in YAML', () => {
    const text = 'Pa$$w0rd"with\'every%thing\\'
    if (name === 'plain') return
    const file = compileTemplate('x.hbs', `a={{${name} value}}\n`).render({ value: text })
    expect(writtenForms(text).some((form) => file.includes(form))).toBe(true)
    const nested = compileTemplate('x.hbs', '{{yaml value}}\n').render({ value: ['sh', '-c', `x ${format(text, {})}`] })
    expect(writtenForms(text).some((form) => nested.includes(form))).toBe(true)
  })
})

test.each([
  ['a query', 'a b&c/ü', 'a%20b%26c%2F%C3%BC'],
  ['a query with small digits', 'a b&c/ü', 'a%20b%26c%2f%c3%bc'],
  ['a form', 'a b&c', 'a+b%26c'],
  ['an address', 'a b&c', 'a%20b&c'],
  ['JSON', 'a"b\\ü', 'a\\"b\\\\ü'],
  ['JSON in ASCII', 'größe 😀', 'gr\\u00f6\\u00dfe \\ud83d\\ude00'],
  ['JSON in ASCII with capitals', 'größe', 'gr\\u00F6\\u00DFe'],
  ['JSON of PHP', 'a/b c', 'a\\/b c'],
  ['a shell', 'a b$c;é', 'a\\ b\\$c\\;é'],
  ['XML', `a<b>&"c'`, 'a&lt;b&gt;&amp;&quot;c&apos;'],
  ['XML outside of attributes', 'a<b&"c', 'a&lt;b&amp;"c'],
  ['XML with numbers', `a&b'`, 'a&#38;b&#39;'],
  ['HTML of Python', `a&b'`, 'a&amp;b&#39;'],
])('the form of %s is among them', (_name, text, form) => {
  expect(writtenForms(text)).toContain(form)
})

test('the forms of a text are few, and a token has only one', () => {
  expect(writtenForms('K10abc+/=_.-XYZ')).toEqual(['K10abc+/=_.-XYZ'])
  expect(writtenForms('a$b"c\'d\\e%f').length).toBeLessThan(150)
  expect(writtenForms('a$b')).toContain('a\\$b')
})
