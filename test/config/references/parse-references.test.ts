import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holdsReferences, parseReferences } from '../../../src/config/references/parse-references.ts'

/** The parts of a text without empty texts. Texts beside each other are one. */
function partsOf(text: string): readonly (string | readonly [string, string])[] {
  const parsed = parseReferences(text)
  if ('reason' in parsed) return expect.fail(parsed.reason)
  const parts: (string | readonly [string, string])[] = []
  for (const part of parsed.parts) {
    const last = parts.at(-1)
    if (part.kind !== 'text') parts.push([part.kind, part.name])
    else if (typeof last === 'string') parts.splice(-1, 1, last + part.text)
    else if (part.text !== '') parts.push(part.text)
  }
  return parts
}

test.each([
  ['${env:WIFI_PASSWORD}', [['env', 'WIFI_PASSWORD']]],
  ['${file:./wifi home.txt}', [['file', './wifi home.txt']]],
  ['${file:C:\\keys\\wifi}', [['file', 'C:\\keys\\wifi']]],
  ['${secret:wifi.home}', [['secret', 'wifi.home']]],
  ['postgres://k3s:${env:DB}@db/k3s', ['postgres://k3s:', ['env', 'DB'], '@db/k3s']],
  [
    '${env:A}${env:B}',
    [
      ['env', 'A'],
      ['env', 'B'],
    ],
  ],
  ['a$${env:B}', ['a${env:B}']],
  ['$$${', ['$${']],
  ['$${${env:A}', ['${', ['env', 'A']]],
  ['Pa$$w0rd', ['Pa$$w0rd']],
  ['$(x) $x $ } {', ['$(x) $x $ } {']],
  ['a$$${b}', ['a$${b}']],
] as const)('%s is read as %j', (text, parts) => {
  expect(partsOf(text)).toEqual(parts)
})

test.each([
  ['${WIFI_PASSWORD}', /not followed by `env:`, `file:` or `secret:`/],
  ['${}', /not followed by/],
  ['${Env:A}', /not followed by/],
  ['${environment:A}', /not followed by/],
  ['${ env:A}', /not followed by/],
  ['a${env:A', /no `}`/],
  ['${${env:A}}', /no `}`/],
  ['${env:}', /name of a variable/],
  ['${env:1A}', /name of a variable/],
  ['${env:A B}', /name of a variable/],
  ['${env:A:-b}', /name of a variable/],
  ['${file:}', /not a path/],
  ['${file:a\nb}', /not a path/],
  ['${secret:}', /name of a value/],
  ['${secret:.wifi}', /name of a value/],
  ['${secret:wifi..home}', /name of a value/],
  ['${secret:__proto__}', /name of a value/],
])('%j is refused', (text, reason) => {
  expect(parseReferences(text)).toEqual({ reason: expect.stringMatching(reason) as string })
})

test('a reason repeats nothing of the text', () => {
  for (const text of ['${correct-horse}', '${env:correct-horse}', '${secret:correct horse}', '${correct-horse'])
    expect(JSON.stringify(parseReferences(text))).not.toMatch(/correct|horse/)
})

test('a text without `${` holds no reference and is its only part', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes('${'))
      expect(holdsReferences(text)).toBe(false)
      expect(partsOf(text)).toEqual(text === '' ? [] : [text])
    }),
  )
})

test('every text can be written: each `${` in it as `$${`', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('$', '{', '}', 'env:', 'A')), (pieces) => {
      const text = pieces.join('')
      expect(partsOf(text.replaceAll('${', () => '$${')).join('')).toBe(text)
    }),
  )
})
