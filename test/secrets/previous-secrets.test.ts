// @module-tag slow
/** Replaced values stay in the secrets file until somebody says that nothing needs them. */
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { reveal } from '../../src/model/secret.ts'
import { completeSecrets } from '../../src/secrets/complete-secrets.ts'
import { describePrevious } from '../../src/secrets/describe-previous.ts'
import { toClusterSecrets } from '../../src/secrets/ensure-secrets.ts'
import { forgetPrevious } from '../../src/secrets/forget-previous.ts'
import { keepPrevious } from '../../src/secrets/keep-previous.ts'
import { listSecretTexts } from '../../src/secrets/known-secrets.ts'
import { rotatableSecrets, type RotatableSecret, rotateSecret } from '../../src/secrets/rotate-secrets.ts'
import { formatSecretsFile, parseSecretsFile, type SecretsFile } from '../../src/secrets/secrets-file.ts'
import { isReason } from '../../src/secrets/secrets-schema.ts'
import { earlierText, earlierVersions } from '../support/earlier-secrets.ts'

const NODES = ['server-1', 'worker-1']
const NOW = new Date('2026-11-21T12:00:00.400Z')
const LATER = new Date('2026-11-22T09:30:00Z')
const sources = { randomBytes, now: NOW }
const needs = {
  needsKeyPair: true,
  nodeNames: NODES,
  joinTokens: { nodes: ['worker-1'], lifetimeSeconds: 86_400, renewal: 'missing' as const },
}

let made: SecretsFile
beforeAll(async () => {
  made = await completeSecrets(null, 'home', needs, sources)
})

/** Rotates as `secrets rotate` does. */
async function rotated(known: SecretsFile, which: RotatableSecret, nodes = NODES, now = NOW): Promise<SecretsFile> {
  const after = await completeSecrets(await rotateSecret(known, which, nodes, { randomBytes, now }), 'home', needs, {
    randomBytes,
    now,
  })
  return keepPrevious(known, after, { now, reason: `why ${which}` })
}

describe('a rotation keeps', () => {
  const facts = { replaced: '2026-11-21T12:00:00Z' }
  test.each<[RotatableSecret, (secrets: SecretsFile) => readonly object[]]>([
    ['server-token', ({ serverToken }) => [{ token: serverToken }]],
    ['agent-token', ({ agentToken }) => [{ token: agentToken }]],
    ['admin-key', ({ adminKeyPair }) => [{ keyPair: adminKeyPair }]],
    ['admin-certificate', ({ adminCertificate }) => [{ generation: 1, client: adminCertificate }]],
    ['host-keys', ({ nodes }) => NODES.map((node) => ({ node, keyPair: nodes[node]?.hostKey }))],
    ['join-tokens', ({ nodes }) => [{ node: 'worker-1', joinToken: nodes['worker-1']?.joinTokens?.[0] }]],
  ])('the previous %s, and nothing else', async (which, valuesOf) => {
    const { previous } = await rotated(made, which)
    expect(previous).toEqual(
      valuesOf(made).map((value) => ({ ...facts, reason: `why ${which}`, secret: which, ...value })),
    )
  })

  test.each(rotatableSecrets)('some previous value of %s: no secret is missing here', async (which) => {
    const { previous = [] } = await rotated(made, which)
    expect(new Set(previous.map(({ secret }) => secret))).toEqual(new Set([which]))
  })

  test('both previous values when it is done twice, the oldest first in the file', async () => {
    const once = await rotated(made, 'admin-key')
    const twice = await rotated(once, 'admin-key', NODES, LATER)
    expect(twice.previous?.map((one) => ['keyPair' in one && one.keyPair, one.replaced])).toEqual([
      [made.adminKeyPair, '2026-11-21T12:00:00Z'],
      [once.adminKeyPair, '2026-11-22T09:30:00Z'],
    ])
    // For ssh, the newest comes first.
    const { adminKeyPair, previousAdminKeys } = toClusterSecrets(twice, needs)
    expect(adminKeyPair && reveal(adminKeyPair.privateKey)).toBe(twice.adminKeyPair?.privateKey)
    expect(previousAdminKeys.map(({ privateKey }) => reveal(privateKey))).toEqual([
      once.adminKeyPair?.privateKey,
      made.adminKeyPair?.privateKey,
    ])
    // With a key of the user, the present one is a previous one: nodes know it until they are flashed again.
    const withOwnKey = toClusterSecrets(twice, { needsKeyPair: false })
    expect(withOwnKey.adminKeyPair).toBeNull()
    expect(withOwnKey.previousAdminKeys).toEqual([adminKeyPair, ...previousAdminKeys])
  })

  test('the host keys of the chosen nodes only, for these nodes only', async () => {
    const { previous, nodes } = await rotated(made, 'host-keys', ['worker-1'])
    expect(previous).toHaveLength(1)
    expect(nodes['server-1']).toEqual(made.nodes['server-1'])
    const secrets = toClusterSecrets({ ...made, previous: previous ?? [] }, needs)
    expect(secrets.nodes.get('worker-1')?.previousHostKeys).toEqual([made.nodes['worker-1']?.hostKey.publicKey])
    expect(secrets.nodes.get('server-1')?.previousHostKeys).toEqual([])
  })

  test('no certificate that was only renewed, and no join token that has expired', async () => {
    const inAYear = new Date('2027-10-21T12:00:00Z')
    const renewed = await completeSecrets(made, 'home', needs, { randomBytes, now: inAYear })
    expect(renewed.adminCertificate).not.toEqual(made.adminCertificate)
    expect(keepPrevious(made, renewed, { now: inAYear, reason: 'x' })).toBe(renewed)
    expect((await rotated(made, 'join-tokens', NODES, inAYear)).previous).toBeUndefined()
  })

  test('no key that was made for this rotation alone: no node knows it', async () => {
    const { adminKeyPair: _none, ...withoutKey } = made
    const completed = await completeSecrets(withoutKey, 'home', needs, sources)
    const after = await rotateSecret(completed, 'admin-key', NODES, sources)
    expect(keepPrevious(withoutKey, after, { now: NOW, reason: 'x' }).previous).toBeUndefined()
  })
})

/** One previous value of each secret, two of host keys. */
async function rotatedAll(): Promise<SecretsFile> {
  let secrets = made
  for (const which of rotatableSecrets) secrets = await rotated(secrets, which)
  return secrets
}

describe('the file', () => {
  test.each(earlierVersions)('of version %d loads, and is version 4 once it changes', async (version) => {
    const text = earlierText(version)
    expect(text).toContain(`\nversion: ${version}\n`)
    const old = await parseSecretsFile(text, 'home.secrets.yaml')
    expect(old.previous?.length).toBe(version === 2 ? undefined : 1)
    expect(old.cluster).toBe('home')
    const after = formatSecretsFile(await rotated(old, 'server-token'))
    expect(after).toContain('\nversion: 4\n')
    const loaded = await parseSecretsFile(after, 'home.secrets.yaml')
    expect(loaded.previous).toEqual([
      ...(old.previous ?? []),
      { secret: 'server-token', replaced: '2026-11-21T12:00:00Z', reason: 'why server-token', token: old.serverToken },
    ])
    expect({ ...loaded, serverToken: old.serverToken, previous: undefined }).toEqual({ ...old, previous: undefined })
  })

  test('gives back every previous value', async () => {
    const secrets = await rotatedAll()
    expect(secrets.previous).toHaveLength(7)
    expect(await parseSecretsFile(formatSecretsFile(secrets), 'home.secrets.yaml')).toEqual(secrets)
  })

  test('is refused with a damaged previous value, by its place and without the value', async () => {
    const secrets = await rotatedAll()
    const reasonOf = async (change: (text: string) => string): Promise<unknown> => {
      const text = formatSecretsFile(secrets)
      const changed = change(text)
      expect(changed).not.toBe(text)
      const error: unknown = await parseSecretsFile(changed, 'home.secrets.yaml').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'SECRETS_INVALID' })
      for (const secret of [made.serverToken, made.agentToken]) expect(String(error)).not.toContain(secret)
      return (error as { facts: { reason: string } }).facts.reason
    }
    const inPrevious = (from: string | RegExp, to: string) => (text: string) => {
      const start = text.indexOf('\nprevious:')
      return text.slice(0, start) + text.slice(start).replace(from, to)
    }
    expect(await reasonOf(inPrevious(made.serverToken, 'short'))).toBe('`previous.0.token` is cut off or damaged')
    expect(await reasonOf(inPrevious(/ {4}token: .*\n/, ''))).toBe('`previous.0` has no `token`')
    expect(await reasonOf(inPrevious('secret: server-token', 'secret: other-token'))).toContain('`previous.0')
    expect(await reasonOf(inPrevious('reason: why server-token', 'reason: "\\e[2J"'))).toContain('`previous.0.reason`')
    expect(await reasonOf(inPrevious('replaced: 2026-11-21T12:00:00Z', 'replaced: yesterday'))).toContain(
      '`previous.0.replaced`',
    )
    const other = await completeSecrets(null, 'home', needs, sources)
    const mixed = (secrets.previous ?? []).map((one) =>
      one.secret === 'admin-certificate' ? { ...one, client: { ...one.client, key: other.adminCertificate.key } } : one,
    )
    const index = mixed.findIndex(({ secret }) => secret === 'admin-certificate')
    expect(await reasonOf(() => formatSecretsFile({ ...secrets, previous: mixed }))).toBe(
      `\`previous.${index}.client\` is cut off or damaged`,
    )
  })
})

describe('forgetting', () => {
  test.each<[string, Parameters<typeof forgetPrevious>[1], readonly string[]]>([
    ['one secret', { which: 'admin-key', nodeNames: null }, ['admin-key']],
    ['one node’s host key', { which: 'host-keys', nodeNames: ['worker-1'] }, ['host-keys worker-1']],
    ['all of one node', { which: null, nodeNames: ['worker-1'] }, ['host-keys worker-1', 'join-tokens worker-1']],
    ['nothing that a node has not', { which: 'join-tokens', nodeNames: ['server-1'] }, []],
  ])('removes %s and keeps the others', async (_name, choice, names) => {
    const secrets = await rotatedAll()
    const nameOf = (one: NonNullable<SecretsFile['previous']>[number]) =>
      'node' in one ? `${one.secret} ${one.node}` : one.secret
    const result = forgetPrevious(secrets, choice)
    expect(result.forgotten.map(nameOf).sort()).toEqual([...names].sort())
    const all = (secrets.previous ?? []).map(nameOf)
    expect(result.secrets.previous?.map(nameOf)).toEqual(all.filter((name) => !names.includes(name)))
    expect({ ...result.secrets, previous: null }).toEqual({ ...secrets, previous: null })
    if (names.length === 0) expect(result.secrets).toBe(secrets)
  })

  test('all leaves a file without the list', async () => {
    const { secrets } = forgetPrevious(await rotatedAll(), { which: null, nodeNames: null })
    expect(Object.keys(secrets)).not.toContain('previous')
  })
})

test('images are searched for previous values too', async () => {
  const secrets = await rotatedAll()
  const texts = new Set(listSecretTexts(secrets).map(({ text }) => text))
  for (const { name, text } of listSecretTexts(made)) expect([name, texts.has(text)]).toEqual([name, true])
  const names = new Set(listSecretTexts(secrets).map(({ name }) => name))
  for (const name of [
    'server-token',
    'agent-token',
    'admin-key',
    'admin-certificate',
    'worker-1 host key',
    'worker-1 join token',
  ])
    expect(names).toContain(`previous ${name}`)
})

test('a description says what still needs a value, and never the value', async () => {
  const { previous = [] } = await rotatedAll()
  const described = describePrevious(previous, 'home', NOW)
  expect(described.map(({ secret, node }) => [secret, node])).toEqual([
    ['server-token', null],
    ['agent-token', null],
    ['join-tokens', 'worker-1'],
    ['admin-certificate', null],
    ['admin-key', null],
    ['host-keys', 'server-1'],
    ['host-keys', 'worker-1'],
  ])
  expect(new Set(described.map(({ neededBy }) => neededBy)).size).toBe(6)
  expect(described[0]?.neededBy).toContain('etcd snapshots')
  expect(described[3]?.neededBy).toContain('home:admins')
  const text = JSON.stringify(described)
  for (const { text: secret } of listSecretTexts(made)) expect(text).not.toContain(secret)
  const expires = made.nodes['worker-1']?.joinTokens?.[0]?.expires ?? ''
  expect(described[2]?.neededBy).toContain(`until ${expires}`)
  expect(describePrevious(previous, 'home', new Date(expires))[2]?.neededBy).toBe(`nothing: it expired on ${expires}`)
})

test('a reason is one line that a terminal shows as it is', () => {
  for (const text of ['card of worker-1 was stolen', 'Schlüssel verloren', 'x'.repeat(200)])
    expect(isReason(text)).toBe(true)
  for (const text of ['', 'two\nlines', '\u001b[2J', 'a\u202eb', 'x'.repeat(201)]) expect(isReason(text)).toBe(false)
})
