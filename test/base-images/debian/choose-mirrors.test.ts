import { expect, test } from 'vitest'
import { chooseMirrors } from '../../../src/base-images/debian/choose-mirrors.ts'
import type { IndexTarget } from '../../../src/base-images/debian/parse-index-targets.ts'
import { expectCode } from '../../support/expect-code.ts'

function target(archiveUrl: string, release: string, origin = 'Debian', label = 'Debian'): IndexTarget {
  return { archiveUrl, release, origin, label }
}

const main = target('http://a.example/debian/', 'bookworm')
const updates = target('http://b.example/debian/', 'bookworm-updates')
const security = target('http://c.example/debian-security/', 'bookworm-security', 'Debian', 'Debian-Security')
const ubuntu = target('http://d.example/ubuntu/', 'noble', 'Ubuntu', 'Ubuntu')

test('takes the main archive and the security archive, in any order', () => {
  expect(chooseMirrors([security, updates, ubuntu, main], null)).toEqual({
    main: 'http://a.example/debian/',
    security: 'http://c.example/debian-security/',
  })
})

test('without fetched lists, the release names decide', () => {
  const unknown = [
    target('http://e.example/tools/', 'nodistro', '', ''),
    target('http://f.example/security/', 'trixie-security', '', ''),
    target('http://a.example/debian/', 'trixie', '', ''),
  ]
  expect(chooseMirrors(unknown, null)).toEqual({
    main: 'http://a.example/debian/',
    security: 'http://f.example/security/',
  })
})

test("the user's mirror replaces the main archive, and apt's security archive stays", () => {
  expect(chooseMirrors([main, security], 'https://mine.example/debian')).toEqual({
    main: 'https://mine.example/debian/',
    security: 'http://c.example/debian-security/',
  })
  expect(chooseMirrors([ubuntu], 'https://mine.example/debian/')).toEqual({
    main: 'https://mine.example/debian/',
    security: null,
  })
})

test("Ubuntu's archives are not Debian's", () => {
  expect(expectCode('DEBIAN_MIRROR_UNKNOWN', () => chooseMirrors([ubuntu], null)).hint).toContain('--mirror')
})

test.each([
  'mirror.example/debian',
  'ftp://mirror.example/debian',
  'http://mirror.example/a b',
  'http://mirror.example/debian [trusted=yes]',
  '',
])('refuses %j as a mirror', (given) => {
  expectCode('DEBIAN_MIRROR_INVALID', () => chooseMirrors([main], given))
})
