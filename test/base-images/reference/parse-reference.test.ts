import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { defaultCatalog } from '../../../src/base-images/reference/catalog.ts'
import { parseReference } from '../../../src/base-images/reference/parse-reference.ts'
import { expectCode } from '../../support/expect-code.ts'

const base = resolve('/projects/home')
const parse = (text: string) => parseReference(text, defaultCatalog(), base)
const pin = 'Ab'.repeat(32)

test.each(['raspios-13-lite', 'raspios-12-lite', 'ubuntu-24.04', 'ubuntu-26.04', 'debian-13'])(
  'knows the id %s',
  (id) => {
    expect(parse(id)).toEqual({ kind: 'catalog', id, display: id })
  },
)

test.each(['raspios-14-lite', 'ubuntu', 'toString', 'constructor'])('treats %s as an unknown id', (text) => {
  expect(parse(text).kind).toBe('unknown-id')
})

test.each(['image.img', './raspios-13-lite', 'images/ubuntu', 'my-image.img.xz', '../a.gz', 'two words'])(
  'treats %s as a file',
  (text) => {
    expect(parse(text)).toEqual({ kind: 'file', path: resolve(base, text), display: text })
  },
)

test('keeps absolute paths', () => {
  const path = resolve('/images/a.img')
  expect(parse(path)).toEqual({ kind: 'file', path, display: path })
})

test('reads a URL with a pin, in lower case and without the fragment', () => {
  expect(parse(`https://example.org/a+b.img.xz#sha256=${pin}`)).toEqual({
    kind: 'url',
    url: 'https://example.org/a+b.img.xz',
    pinnedSha256: pin.toLowerCase(),
    display: 'https://example.org/a+b.img.xz',
  })
})

test('shows no user, password and query of a URL', () => {
  const parsed = parse('https://me:hunter2@example.org/a.img?token=hunter3')
  expect(parsed.display).toBe('https://example.org/a.img?…')
  expect(parsed).toHaveProperty('url', 'https://me:hunter2@example.org/a.img?token=hunter3')
})

test.each([
  'https://me:hunter2@example.org/a.img#sha256=12',
  'https://me:hunter2@example.org/a.img#md5=00',
  'ftp://me:hunter2@example.org/a.img',
  'https://me:hunter2@exa mple/a.img',
  'https://',
])('refuses %s without repeating a password', (text) => {
  const error = expectCode('BASE_REFERENCE_INVALID', () => parse(text))
  expect(error.message).not.toContain('hunter2')
})
