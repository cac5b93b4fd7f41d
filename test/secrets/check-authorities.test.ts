// @module-tag slow
/** Certificate authorities are judged by the clock as their certificates are, and the clock by what is known for certain. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authorityFiles } from '../../src/pki/cluster-pki.ts'
import { expiryOf } from '../../src/pki/expiry.ts'
import { PACKAGE_DATE, requireClock } from '../../src/pki/require-clock.ts'
import { listAuthorities, requireAuthorities, warnOfAuthorities } from '../../src/secrets/check-authorities.ts'
import { completeSecrets, isComplete, issueAdminCertificates } from '../../src/secrets/complete-secrets.ts'
import { describeSecrets } from '../../src/secrets/describe-secrets.ts'
import { ensureSecrets } from '../../src/secrets/ensure-secrets.ts'
import type { SecretsFile } from '../../src/secrets/secrets-file.ts'
import { expectCode, expectRejection } from '../support/expect-code.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const DAY_MS = 86_400_000
const FILE = 'home.secrets.yaml'
const needs = { needsKeyPair: false, nodeNames: ['server-1'], joinTokens: null }
const before = (time: Date, ms: number): Date => new Date(time.getTime() - ms)

let secrets: SecretsFile
let caExpiry: Date
beforeAll(async () => {
  secrets = await completeSecrets(null, 'home', needs, { randomBytes, now: NOW })
  caExpiry = expiryOf(secrets.pki['server-ca'].certificate)
})

describe('authorities', () => {
  test('live ten years, and their root twenty', () => {
    const days = (name: string): number => {
      const one = listAuthorities(secrets.pki).find((authority) => authority.name === name)
      return ((one?.expires.getTime() ?? 0) - NOW.getTime()) / DAY_MS
    }
    expect(days('root')).toBe(7300)
    for (const name of authorityFiles) expect(days(name)).toBe(3700)
  })

  test('are refused from the second at which they expire, by name and with the way out', () => {
    expect(() => {
      requireAuthorities(secrets, FILE, before(caExpiry, 1))
    }).not.toThrow()
    const { facts, hint } = expectCode('SECRETS_AUTHORITY_EXPIRED', () => {
      requireAuthorities(secrets, FILE, caExpiry)
    })
    expect(facts).toEqual({ file: FILE, authorities: [...authorityFiles], expired: '2037-01-07T12:00:00Z' })
    expect(hint).toContain('start a new cluster')
  })

  test('are warned of with less than a year left, and not before', () => {
    const warningsAt = (now: Date) => warnOfAuthorities(listAuthorities(secrets.pki), FILE, now)
    expect(warningsAt(before(caExpiry, 365 * DAY_MS))).toEqual([])
    expect(warningsAt(before(caExpiry, 365 * DAY_MS - 1))).toMatchObject([
      { severity: 'warning', code: 'SECRETS_AUTHORITY_EXPIRES', file: FILE },
    ])
    expect(warningsAt(before(caExpiry, 1))[0]?.message).toContain('2037-01-07T12:00:00Z: server-ca, client-ca')
  })

  test('are named with the day of the first that expires', () => {
    const lists = [new Date('2028-03-01T00:00:00Z'), new Date('2028-02-01T00:00:00Z'), new Date('2028-04-01T00:00:00Z')]
    const authorities = lists.map((expires, index) => ({ name: `ca-${index}`, expires, trustsAll: false }))
    const [one] = warnOfAuthorities(authorities, FILE, new Date('2028-01-01T00:00:00Z'))
    expect(one?.message).toContain('valid until 2028-02-01T00:00:00Z: ca-0, ca-1, ca-2.')
  })

  test('that another clock made are refused one by one', async () => {
    // As a clock of 2015 makes it: all of ten years later is over.
    const old = await completeSecrets(null, 'home', needs, { randomBytes, now: new Date('2015-01-01T00:00:00Z') })
    const mixed = { ...secrets, pki: { ...secrets.pki, 'etcd/peer-ca': old.pki['etcd/peer-ca'] } }
    const { facts } = expectCode('SECRETS_AUTHORITY_EXPIRED', () => {
      requireAuthorities(mixed, FILE, NOW)
    })
    expect(facts).toMatchObject({ authorities: ['etcd/peer-ca'] })
  })

  test('are all listed with their expiry', () => {
    const listed = new Map(describeSecrets(secrets).map(({ name, expires }) => [name, expires]))
    for (const name of authorityFiles) expect(listed.get(name)).toBe('2037-01-07T12:00:00.000Z')
    expect(listed.get('root-ca')).toBe('2046-11-16T12:00:00.000Z')
  })
})

describe('administrators’ certificates', () => {
  test.each(['adminCertificate', 'breakGlass'] as const)(
    'of which %s alone has less than 90 days left are renewed',
    async (which) => {
      const expiry = expiryOf(secrets[which].certificate)
      expect(expiry.getTime() - NOW.getTime()).toBe(365 * DAY_MS)
      const now = before(expiry, 90 * DAY_MS)
      const later = new Date(now.getTime() + 1)
      const fresh = await issueAdminCertificates(secrets, { randomBytes, now })
      const mixed = { ...secrets, ...fresh, [which]: secrets[which] }
      expect(isComplete(mixed, needs, now)).toBe(true)
      expect((await completeSecrets(mixed, 'home', needs, { randomBytes, now }))[which]).toBe(secrets[which])
      expect(isComplete(mixed, needs, later)).toBe(false)
      const renewed = await completeSecrets(mixed, 'home', needs, { randomBytes, now: later })
      expect(expiryOf(renewed[which].certificate).getTime()).toBeGreaterThan(expiry.getTime())
      expect(renewed.adminGeneration).toBe(mixed.adminGeneration)
    },
  )
})

describe('a clock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bantam-clock-'))
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  test('before the date of the package is refused, and makes no secrets', async () => {
    expect(() => {
      requireClock(PACKAGE_DATE)
    }).not.toThrow()
    const now = before(PACKAGE_DATE, 1)
    const file = join(folder, FILE)
    const store = {
      file,
      clusterName: 'home',
      keys: { identities: [], passphrase: null, askPassphrase: null },
      signal: new AbortController().signal,
    }
    await expectRejection('CLOCK_BEFORE_PACKAGE', ensureSecrets(store, needs, { randomBytes, now }))
    expect(existsSync(file)).toBe(false)
  })

  test('is held against a date that is not before the newest release', () => {
    const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8')
    const dates = [...changelog.matchAll(/^## .*?(\d{4}-\d{2}-\d{2})/gm)].map(([, date = '']) => new Date(date))
    for (const date of dates) expect(PACKAGE_DATE.getTime()).toBeGreaterThanOrEqual(date.getTime())
  })
})
