import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ensureSecrets } from '../../src/secrets/ensure-secrets.ts'
import type { SecretsStore } from '../../src/secrets/secrets-store.ts'
import { warnOfStoredAuthorities } from '../../src/secrets/warn-of-stored-authorities.ts'
import { temporaryFolder } from '../support/small-image.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const A_YEAR_LEFT = new Date('2036-03-01T12:00:00Z')
/** The first lines of a file that age encrypted for a passphrase. */
const FOR_PASSPHRASE = `-----BEGIN AGE ENCRYPTED FILE-----
${Buffer.from('age-encryption.org/v1\n-> scrypt c2FsdA 18\n').toString('base64')}
-----END AGE ENCRYPTED FILE-----
`

function store(): SecretsStore {
  return {
    file: join(temporaryFolder(), 'home.secrets.yaml'),
    clusterName: 'home',
    keys: {
      identities: [],
      passphrase: null,
      askPassphrase: () => expect.fail('asked for a passphrase'),
    },
    signal: new AbortController().signal,
  }
}

test('warns of stored authorities with less than a year left, and not before', async () => {
  const ours = store()
  const needs = { needsKeyPair: false, nodeNames: ['server-1'], joinTokens: null }
  await ensureSecrets(ours, needs, { randomBytes, now: NOW })
  expect(await warnOfStoredAuthorities(ours, NOW)).toEqual([])
  const codes = (await warnOfStoredAuthorities(ours, A_YEAR_LEFT)).map(({ code }) => code)
  expect(codes).toEqual(['SECRETS_AUTHORITY_EXPIRES'])
  if (process.platform === 'win32') return
  chmodSync(ours.file, 0o644)
  expect(await warnOfStoredAuthorities(ours, A_YEAR_LEFT)).toEqual([])
})

test.each([
  ['is missing', null],
  ['is damaged', 'version: 4\n'],
  ['is encrypted for a passphrase, for which it does not ask', FOR_PASSPHRASE],
])('says nothing if the file %s', async (_, text) => {
  const ours = store()
  if (text !== null) writeFileSync(ours.file, text, { mode: 0o600 })
  expect(await warnOfStoredAuthorities(ours, A_YEAR_LEFT)).toEqual([])
})
