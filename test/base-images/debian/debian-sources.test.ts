import { expect, test } from 'vitest'
import { formatDebianSources, formatSourcesList } from '../../../src/base-images/debian/debian-sources.ts'

const mirrors = { main: 'http://user:word@a.example/debian/', security: 'http://c.example/debian-security/' }

test("this machine's apt may send its credentials, and trusts one keyring", () => {
  expect(formatSourcesList(mirrors, 'trixie', '/keys.gpg')).toEqual([
    'deb [arch=arm64 signed-by=/keys.gpg] http://user:word@a.example/debian/ trixie main non-free-firmware',
    'deb [arch=arm64 signed-by=/keys.gpg] http://user:word@a.example/debian/ trixie-updates main non-free-firmware',
    'deb [arch=arm64 signed-by=/keys.gpg] http://c.example/debian-security/ trixie-security main non-free-firmware',
  ])
  expect(formatSourcesList({ ...mirrors, security: null }, 'trixie', null)).toEqual([
    'deb [arch=arm64] http://user:word@a.example/debian/ trixie main non-free-firmware',
    'deb [arch=arm64] http://user:word@a.example/debian/ trixie-updates main non-free-firmware',
  ])
})

test('nodes get the archive URLs without user and password', () => {
  const text = formatDebianSources(mirrors, 'trixie')
  expect(text).not.toContain('word')
  expect(text).toBe(
    [
      'Types: deb',
      'URIs: http://a.example/debian/',
      'Suites: trixie trixie-updates',
      'Components: main non-free-firmware',
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
      'Types: deb',
      'URIs: http://c.example/debian-security/',
      'Suites: trixie-security',
      'Components: main non-free-firmware',
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
    ].join('\n'),
  )
})
