import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { completeSecrets } from '../../src/secrets/complete-secrets.ts'
import { formatSecretsFile, parseSecretsFile, type SecretsFile } from '../../src/secrets/secrets-file.ts'
import { LONGEST_VALUE } from '../../src/secrets/secrets-schema.ts'
import {
  describeValues,
  listValueTexts,
  requireValueName,
  withoutValue,
  withValue,
} from '../../src/secrets/user-values.ts'
import { expectCode, expectRejection } from '../support/expect-code.ts'

// Only the values are looked at.
const secrets = { cluster: 'home', serverToken: 'x' } as SecretsFile

test('a value is added, replaced and removed, and nothing else changes', () => {
  const one = withValue(secrets, 'wifi.home', 'correct horse')
  expect(one).toEqual({ ...secrets, values: { 'wifi.home': 'correct horse' } })
  const two = withValue(withValue(one, 'db', 'battery'), 'wifi.home', 'staple')
  expect(two.values).toEqual({ 'wifi.home': 'staple', db: 'battery' })
  expect(withoutValue(two, 'db', 'f').values).toEqual({ 'wifi.home': 'staple' })
  expect(withoutValue(one, 'wifi.home', 'f')).toEqual(secrets)
  expect(secrets.values).toBeUndefined()
})

test('a name that is not there is not removed, and those that are there are named', () => {
  const { facts, hint } = expectCode('SECRETS_VALUE_UNKNOWN', () =>
    withoutValue(withValue(secrets, 'wifi.home', 'correct horse'), 'wifi.barn', 'home.secrets.yaml'),
  )
  expect(facts).toEqual({ name: 'wifi.barn', file: 'home.secrets.yaml', known: ['wifi.home'] })
  expect(hint).toContain('`wifi.home`')
  expectCode('SECRETS_VALUE_UNKNOWN', () => withoutValue(secrets, 'constructor', 'f'))
})

test.each([
  '',
  'caf\uFFFD au lait',
  'correct\nhorse',
  'correct\u0000horse',
  'horse\u007f',
  'x'.repeat(LONGEST_VALUE + 1),
])('a value that no key takes is refused, and not shown: %j', (value) => {
  const { message } = expectCode('SECRETS_VALUE_INVALID', () => withValue(secrets, 'a', value))
  expect(message).not.toContain('horse')
})

test('the longest value is one', () => {
  expect(withValue(secrets, 'a', 'x'.repeat(LONGEST_VALUE)).values?.a).toHaveLength(LONGEST_VALUE)
})

test.each(['wifi.home', 'DB_PASSWORD', 'a', '0', 'wifi-5g.guest.2', 'constructor'])('%s is a name', (name) => {
  expect(() => {
    requireValueName(name)
  }).not.toThrow()
})

test.each(['', 'wifi home', '.a', 'a.', 'a..b', '__proto__', 'wifi=x', 'ä', 'x'.repeat(64)])('%j is none', (name) => {
  expectCode('SECRETS_VALUE_NAME_INVALID', () => {
    requireValueName(name)
  })
})

test('values are listed without what they hold, and are searched for by the reference that gives them', () => {
  const one = withValue(secrets, 'wifi.home', 'correct horse')
  expect(describeValues(one)).toEqual([
    { name: 'wifi.home', use: 'your value, for ${secret:wifi.home} in the cluster file', expires: null },
  ])
  expect(listValueTexts(one)).toEqual([{ name: '${secret:wifi.home}', text: 'correct horse' }])
  expect([describeValues(secrets), listValueTexts(secrets)]).toEqual([[], []])
})

describe('a secrets file', () => {
  const needs = { needsKeyPair: false, nodeNames: [], joinTokens: null }
  const made = completeSecrets(null, 'home', needs, { randomBytes, now: new Date() })

  test.each([
    'correct horse',
    'yes',
    '0x1f',
    '1e3',
    ' a ',
    '"\'\\',
    '# a',
    '${env:A}',
    'é😀',
    '-----',
    'x'.repeat(500),
  ])('gives back the value %j', async (value) => {
    const secrets = withValue(await made, 'constructor', value)
    expect(await parseSecretsFile(formatSecretsFile(secrets), 'f')).toEqual(secrets)
  })

  test.each(['"": x', 'a..b: x', 'a: ""', 'a: 1', 'a: [x]', `a: ${'x'.repeat(LONGEST_VALUE + 1)}`])(
    'with the value %s is refused',
    async (entry) => {
      const text = formatSecretsFile(withValue(await made, 'a', 'horse')).replace('a: horse', entry)
      expect(text).toContain(entry)
      await expectRejection('SECRETS_INVALID', parseSecretsFile(text, 'f'))
    },
  )
})
