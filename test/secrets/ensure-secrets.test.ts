// @module-tag slow
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ClusterSecrets } from '../../src/model/cluster-secrets.ts'
import { reveal } from '../../src/model/secret.ts'
import type { JoinTokenNeeds, SecretSources, SecretsNeeds } from '../../src/secrets/complete-secrets.ts'
import { ensureSecrets } from '../../src/secrets/ensure-secrets.ts'
import type { Encryption } from '../../src/secrets/secrets-file.ts'
import { type SecretsStore, updateSecretsFile } from '../../src/secrets/secrets-store.ts'
import { run, testWith } from '../support/validators.ts'

const needs: SecretsNeeds = { needsKeyPair: false, nodeNames: ['server-1', 'worker-1'], joinTokens: null }
const withKeyPair: SecretsNeeds = { ...needs, needsKeyPair: true }
const sources: SecretSources = { randomBytes, now: new Date('2026-11-21T12:00:00Z') }
// Twenty at once take turns, however busy the machine is.
const lockTiming = { pollMs: 10, heartbeatMs: 200, staleAfterMs: 5_000 }
const noKeys: SecretsStore['keys'] = { identities: [], passphrase: null, askPassphrase: null }

let folder = ''
let file = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bantam-secrets-'))
  file = join(folder, 'home.secrets.yaml')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const store = (keys: SecretsStore['keys'] = noKeys): SecretsStore => ({
  file,
  clusterName: 'home',
  keys,
  signal: new AbortController().signal,
  lockTiming,
})
const passwordOf = ({ nodes }: Pick<ClusterSecrets, 'nodes'>, name: string): string | undefined => {
  const node = nodes.get(name)
  return node && reveal(node.password)
}

function revealed(secrets: ClusterSecrets): unknown {
  const { serverToken, agentToken, adminKeyPair } = secrets
  return [
    reveal(serverToken),
    reveal(agentToken),
    adminKeyPair?.publicKey,
    adminKeyPair && reveal(adminKeyPair.privateKey),
  ]
}

describe('first use', () => {
  test('makes two tokens of 256 bits in a file that only its owner can read', async () => {
    const { serverToken, agentToken, adminKeyPair } = await ensureSecrets(store(), needs, sources)
    expect(reveal(serverToken)).toMatch(/^[0-9a-f]{64}$/)
    expect(reveal(agentToken)).toMatch(/^[0-9a-f]{64}$/)
    expect(reveal(serverToken)).not.toBe(reveal(agentToken))
    expect(adminKeyPair).toBeNull()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['home.secrets.yaml'])
  })

  test('gives the same afterwards', async () => {
    const first = await ensureSecrets(store(), withKeyPair, sources)
    const text = await readFile(file, 'utf8')
    expect(revealed(await ensureSecrets(store(), withKeyPair, sources))).toEqual(revealed(first))
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('by twenty builds at once ends with one set that all use', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => ensureSecrets(store(), withKeyPair, sources)))
    expect(new Set(all.map((secrets) => JSON.stringify(revealed(secrets)))).size).toBe(1)
    expect(await readdir(folder)).toEqual(['home.secrets.yaml'])
  })

  test('in a folder that does not exist is an error', async () => {
    await expect(
      ensureSecrets({ ...store(), file: join(folder, 'no/such.yaml') }, needs, sources),
    ).rejects.toMatchObject({
      code: 'SECRETS_UNWRITABLE',
    })
  })
})

describe('a key pair', () => {
  test('is added where one is needed later, and the tokens stay', async () => {
    const before = await ensureSecrets(store(), needs, sources)
    const all = await Promise.all(Array.from({ length: 20 }, () => ensureSecrets(store(), withKeyPair, sources)))
    expect(new Set(all.map(({ adminKeyPair }) => adminKeyPair?.publicKey)).size).toBe(1)
    expect(all.every(({ serverToken }) => reveal(serverToken) === reveal(before.serverToken))).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('stays in the file but is not used where the user has keys', async () => {
    const { adminKeyPair } = await ensureSecrets(store(), withKeyPair, sources)
    expect((await ensureSecrets(store(), needs, sources)).adminKeyPair).toBeNull()
    expect((await ensureSecrets(store(), withKeyPair, sources)).adminKeyPair?.publicKey).toBe(adminKeyPair?.publicKey)
  })

  testWith('ssh-keygen')('can be used by ssh after the way through the file', async () => {
    await ensureSecrets(store(), withKeyPair, sources)
    const { adminKeyPair } = await ensureSecrets(store(), withKeyPair, sources)
    if (adminKeyPair === null) throw new Error('no key pair')
    await writeFile(join(folder, 'key'), reveal(adminKeyPair.privateKey), { mode: 0o600 })
    expect(run('ssh-keygen', ['-y', '-f', join(folder, 'key')]).output.trim()).toBe(adminKeyPair.publicKey)
  })
})

describe('nodes', () => {
  test('get a host key and a password each, which stay when others are added', async () => {
    const { nodes } = await ensureSecrets(store(), needs, sources)
    const more = await ensureSecrets(store(), { ...needs, nodeNames: ['server-1', 'worker-1', 'worker-2'] }, sources)
    expect([...more.nodes.keys()].sort()).toEqual(['server-1', 'worker-1', 'worker-2'])
    for (const name of needs.nodeNames) {
      expect(more.nodes.get(name)?.hostKey.publicKey).toBe(nodes.get(name)?.hostKey.publicKey)
      expect(passwordOf(more, name)).toBe(passwordOf({ nodes }, name))
    }
    const all = [...more.nodes.values()]
    expect(new Set(all.map(({ hostKey }) => hostKey.publicKey)).size).toBe(3)
    expect(new Set(all.map(({ password }) => reveal(password))).size).toBe(3)
    for (const { password, joinTokens } of all)
      expect([reveal(password), joinTokens]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), []])
  })

  test('may have the name of a property of every object', async () => {
    const { nodes } = await ensureSecrets(store(), needs, sources)
    const withConstructor = {
      ...needs,
      nodeNames: [...needs.nodeNames, 'constructor'],
      joinTokens: { nodes: ['constructor'], lifetimeSeconds: 3600, renewal: 'expiring' as const },
    }
    const more = await ensureSecrets(store(), withConstructor, sources)
    expect(passwordOf(more, 'constructor')).toMatch(/^[0-9a-f]{32}$/)
    expect(more.nodes.get('constructor')?.joinTokens.at(-1)?.id).toMatch(/^[a-z0-9]{6}$/)
    expect(passwordOf(more, 'server-1')).toBe(passwordOf({ nodes }, 'server-1'))
    const text = await readFile(file, 'utf8')
    expect(passwordOf(await ensureSecrets(store(), withConstructor, sources), 'constructor')).toBe(
      passwordOf(more, 'constructor'),
    )
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('get separate join tokens on request; these are replaced when less than half of their lifetime is left', async () => {
    const tokenAt = async (now: string, lifetimeSeconds = 3600, renewal: JoinTokenNeeds['renewal'] = 'expiring') => {
      const { nodes } = await ensureSecrets(
        store(),
        { ...needs, joinTokens: { nodes: ['worker-1'], lifetimeSeconds, renewal } },
        { ...sources, now: new Date(now) },
      )
      expect(nodes.get('server-1')?.joinTokens).toEqual([])
      const token = nodes.get('worker-1')?.joinTokens.at(-1)
      return token === undefined
        ? null
        : { id: token.id, secret: reveal(token.secret), expires: token.expires.toISOString() }
    }
    const idsAt = async (now: string) =>
      (
        await ensureSecrets(
          store(),
          { ...needs, joinTokens: { nodes: ['worker-1'], lifetimeSeconds: 3600, renewal: 'expiring' } },
          { ...sources, now: new Date(now) },
        )
      ).nodes
        .get('worker-1')
        ?.joinTokens.map(({ id }) => id)
    const first = await tokenAt('2026-11-21T12:00:00.700Z')
    expect(first).toEqual({
      id: expect.stringMatching(/^[a-z0-9]{6}$/) as string,
      secret: expect.stringMatching(/^[a-z0-9]{16}$/) as string,
      expires: '2026-11-21T13:00:00.000Z',
    })
    expect(await tokenAt('2026-11-21T12:29:59Z')).toEqual(first)
    const second = await tokenAt('2026-11-21T12:30:00Z')
    expect(second?.expires).toBe('2026-11-21T13:30:00.000Z')
    expect(second?.secret).not.toBe(first?.secret)
    // Cards with the older one may be on their way still.
    expect(await idsAt('2026-11-21T12:31:00Z')).toEqual([first?.id, second?.id])
    // Looking at them renews none.
    expect(await tokenAt('2026-11-22T12:00:00Z', 3600, 'missing')).toEqual(second)
    // A shorter life counts at once.
    expect((await tokenAt('2026-11-21T12:30:01Z', 60))?.expires).toBe('2026-11-21T12:31:01.000Z')
  })
})

describe('encrypted', () => {
  const identityOf = async (): Promise<{ identity: string; recipient: string }> => {
    const identity = await generateX25519Identity()
    return { identity, recipient: await identityToRecipient(identity) }
  }
  const encryptTo = (encryption: Encryption, keys = noKeys) =>
    updateSecretsFile(store(keys), (found) => {
      if (found === null) throw new Error('no file')
      return { ...found, encryption }
    })

  test('for a key, it is read and completed with that key, and stays encrypted', async () => {
    const { identity, recipient } = await identityOf()
    const plain = await ensureSecrets(store(), needs, sources)
    await encryptTo({ recipients: [recipient] })
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    const keys = { identities: [identity], passphrase: null, askPassphrase: null }
    expect(revealed(await ensureSecrets(store(keys), needs, sources))).toEqual(revealed(plain))
    expect(await readFile(file, 'utf8')).toBe(text)
    const completed = await ensureSecrets(store(keys), withKeyPair, sources)
    expect(reveal(completed.serverToken)).toBe(reveal(plain.serverToken))
    expect(await readFile(file, 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('for a passphrase, it is read with that', async () => {
    const plain = await ensureSecrets(store(), needs, sources)
    const keys = { identities: [], passphrase: 'correct horse battery', askPassphrase: null }
    await encryptTo({ passphrase: true }, keys)
    // The work factor is age's own.
    const armored = (await readFile(file, 'utf8')).split('\n').slice(1, 3).join('')
    expect(Buffer.from(armored, 'base64').toString('latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/)
    expect(revealed(await ensureSecrets(store(keys), needs, sources))).toEqual(revealed(plain))
  })

  test('it is refused without its key, with another one and when damaged, and kept as it is', async () => {
    const { identity, recipient } = await identityOf()
    const other = await identityOf()
    await ensureSecrets(store(), needs, sources)
    await encryptTo({ recipients: [recipient] })
    const text = await readFile(file, 'utf8')
    await expect(ensureSecrets(store(), needs, sources)).rejects.toMatchObject({
      code: 'SECRETS_KEY_MISSING',
      kind: 'input',
    })
    await expect(
      ensureSecrets(store({ identities: [other.identity], passphrase: null, askPassphrase: null }), needs, sources),
    ).rejects.toMatchObject({ code: 'SECRETS_KEY_WRONG' })
    await expect(
      ensureSecrets(store({ identities: ['nonsense'], passphrase: null, askPassphrase: null }), needs, sources),
    ).rejects.toMatchObject({ code: 'SECRETS_KEY_WRONG' })
    expect(await readFile(file, 'utf8')).toBe(text)
    const cut = text.slice(0, text.length / 2)
    await writeFile(file, cut)
    await expect(
      ensureSecrets(store({ identities: [identity], passphrase: null, askPassphrase: null }), needs, sources),
    ).rejects.toMatchObject({ code: 'SECRETS_KEY_WRONG' })
    expect(await readFile(file, 'utf8')).toBe(cut)
    expect(await readdir(folder)).toEqual(['home.secrets.yaml'])
  })
})

describe('a secrets file is refused, and kept as it is', () => {
  const token = 'correct-horse-battery'
  let good = ''
  beforeEach(async () => {
    await ensureSecrets(store(), needs, sources)
    good = (await readFile(file, 'utf8'))
      .replace(/(serverToken: ).*/, `$1${token}-1`)
      .replace(/(agentToken: ).*/, `$1${token}-2`)
    await rm(file)
  })

  test('a complete file is read', async () => {
    await writeFile(file, good, { mode: 0o600 })
    expect(reveal((await ensureSecrets(store(), needs, sources)).serverToken)).toBe(`${token}-1`)
  })

  test.each<[string, (text: string) => string, string]>([
    ['that is no YAML', () => '{{{ correct-horse', 'SECRETS_INVALID'],
    ['that is empty', () => '', 'SECRETS_INVALID'],
    ['that is a list', () => '- correct-horse', 'SECRETS_INVALID'],
    ['without version', (text) => text.replace('version: 4\n', ''), 'SECRETS_INVALID'],
    ['of a newer bantam', (text) => text.replace('version: 4', 'version: 5'), 'SECRETS_VERSION_UNKNOWN'],
    ['of an older bantam', (text) => text.replace('version: 4', 'version: 1'), 'SECRETS_VERSION_OLD'],
    ['of another cluster', (text) => text.replace('cluster: home', 'cluster: lab'), 'SECRETS_OTHER_CLUSTER'],
    ['without cluster', (text) => text.replace('cluster: home\n', ''), 'SECRETS_INVALID'],
    ['without agent token', (text) => text.replace(/agentToken.*\n/, ''), 'SECRETS_INVALID'],
    ['without server token', (text) => text.replace(/serverToken.*\n/, ''), 'SECRETS_INVALID'],
    [
      'with a token that k3s takes for a secure one',
      (text) => text.replace(`${token}-1`, `K10${token}`),
      'SECRETS_INVALID',
    ],
    [
      'with a token that k3s takes for a bootstrap token',
      (text) => text.replace(`${token}-1`, 'abcdef.0123456789abcdef'),
      'SECRETS_INVALID',
    ],
    ['with a short token', (text) => text.replace(`${token}-1`, 'short'), 'SECRETS_INVALID'],
    ['with one token for servers and agents', (text) => text.replace('-2\n', '-1\n'), 'SECRETS_INVALID'],
    ['with an unknown key', (text) => `${text}adminKeys: {}\n`, 'SECRETS_INVALID'],
    [
      'with a damaged public key',
      (text) => `${text}adminKeyPair: {publicKey: ssh-ed25519 AAAA, privateKey: x}\n`,
      'SECRETS_INVALID',
    ],
    [
      'with a damaged certificate',
      (text) => text.replace('-----BEGIN CERTIFICATE-----', '-----BEGIN-----'),
      'SECRETS_INVALID',
    ],
    ['with a damaged password', (text) => text.replace(/(password: )(.)/, '$1x$2'), 'SECRETS_INVALID'],
    ['with an alias', (text) => `${text}adminKeyPair: &a [*a]\n`, 'SECRETS_INVALID'],
    ...[0.2, 0.5, 0.9].map((part): [string, (text: string) => string, string] => [
      `that is cut off after ${part * 100} % of its lines`,
      (text) =>
        text
          .split('\n')
          .slice(0, text.split('\n').length * part)
          .join('\n'),
      'SECRETS_INVALID',
    ]),
  ])('%s', async (_name, change, code) => {
    const text = change(good)
    await writeFile(file, text, { mode: 0o600 })
    const error: unknown = await ensureSecrets(store(), withKeyPair, sources).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, kind: 'input' })
    expect(String(error)).not.toContain('correct-horse')
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(await readdir(folder)).toEqual(['home.secrets.yaml'])
  })

  test.skipIf(process.platform === 'win32').each([0o644, 0o640, 0o604])('that others can read (%o)', async (mode) => {
    await writeFile(file, 'version: 2\n')
    await chmod(file, mode)
    await expect(ensureSecrets(store(), needs, sources)).rejects.toMatchObject({
      code: 'SECRETS_MODE',
      facts: { mode: mode.toString(8) },
    })
  })
})
