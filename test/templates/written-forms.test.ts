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

test('the forms of a text are few, and a token has only one', () => {
  expect(writtenForms('K10abc+/=_.-XYZ')).toEqual(['K10abc+/=_.-XYZ'])
  expect(writtenForms('a$b"c\'d\\e%f').length).toBeLessThan(40)
  expect(writtenForms('a$b')).toContain('a\\$b')
})
