import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { obtainSecrets, readSecrets, type SecretsOptions } from '../../src/config/obtain-secrets.ts'
import type { ClusterSecrets } from '../../src/model/cluster.ts'
import { reveal } from '../../src/model/secret.ts'
import { run, testWith } from '../support/judges.ts'

const options: SecretsOptions = { clusterName: 'home', needsKeyPair: false, randomBytes }
const withKeyPair: SecretsOptions = { ...options, needsKeyPair: true }

let folder = ''
let file = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bantam-secrets-'))
  file = join(folder, 'home.secrets.yaml')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

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
    const { serverToken, agentToken, adminKeyPair } = await obtainSecrets(file, options)
    expect(reveal(serverToken)).toMatch(/^[0-9a-f]{64}$/)
    expect(reveal(agentToken)).toMatch(/^[0-9a-f]{64}$/)
    expect(reveal(serverToken)).not.toBe(reveal(agentToken))
    expect(adminKeyPair).toBeNull()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['home.secrets.yaml'])
  })

  test('gives the same afterwards', async () => {
    const first = await obtainSecrets(file, withKeyPair)
    const text = await readFile(file, 'utf8')
    expect(revealed(await obtainSecrets(file, withKeyPair))).toEqual(revealed(first))
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('by twenty builds at once ends with one set that all use', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => obtainSecrets(file, withKeyPair)))
    expect(new Set(all.map((secrets) => JSON.stringify(revealed(secrets)))).size).toBe(1)
    expect(await readdir(folder)).toEqual(['home.secrets.yaml'])
  })

  test('in a folder that does not exist is an error', async () => {
    await expect(obtainSecrets(join(folder, 'no/such.yaml'), options)).rejects.toMatchObject({
      code: 'SECRETS_UNWRITABLE',
    })
  })
})

describe('a key pair', () => {
  test('is added where one is needed later, and the tokens stay', async () => {
    const before = await obtainSecrets(file, options)
    const all = await Promise.all(Array.from({ length: 20 }, () => obtainSecrets(file, withKeyPair)))
    expect(new Set(all.map(({ adminKeyPair }) => adminKeyPair?.publicKey)).size).toBe(1)
    expect(all.every(({ serverToken }) => reveal(serverToken) === reveal(before.serverToken))).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('stays in the file and out of use where the user has keys', async () => {
    const { adminKeyPair } = await obtainSecrets(file, withKeyPair)
    expect((await obtainSecrets(file, options)).adminKeyPair).toBeNull()
    expect((await obtainSecrets(file, withKeyPair)).adminKeyPair?.publicKey).toBe(adminKeyPair?.publicKey)
  })

  testWith('ssh-keygen')('can be used by ssh after the way through the file', async () => {
    await obtainSecrets(file, withKeyPair)
    const { adminKeyPair } = await obtainSecrets(file, withKeyPair)
    if (adminKeyPair === null) throw new Error('no key pair')
    await writeFile(join(folder, 'key'), reveal(adminKeyPair.privateKey), { mode: 0o600 })
    expect(run('ssh-keygen', ['-y', '-f', join(folder, 'key')]).output.trim()).toBe(adminKeyPair.publicKey)
  })
})

describe('readSecrets', () => {
  test('makes nothing', async () => {
    expect(await readSecrets(file, options)).toBeNull()
    expect(await readdir(folder)).toEqual([])
    const made = await obtainSecrets(file, options)
    const read = await readSecrets(file, options)
    expect(read && revealed(read)).toEqual(revealed(made))
    expect(await readSecrets(file, withKeyPair)).toBeNull()
  })
})

describe('a secrets file is refused, and kept as it is', () => {
  const token = 'correct-horse-battery'
  const good = `version: 1\ncluster: home\nserverToken: ${token}-1\nagentToken: ${token}-2\n`

  test('unless it is whole', async () => {
    await writeFile(file, good, { mode: 0o600 })
    expect(reveal((await obtainSecrets(file, options)).serverToken)).toBe(`${token}-1`)
  })

  test.each([
    ['that is no YAML', '{{{ correct-horse', 'SECRETS_INVALID'],
    ['that is empty', '', 'SECRETS_INVALID'],
    ['that is a list', '- correct-horse', 'SECRETS_INVALID'],
    ['without version', good.replace('version: 1\n', ''), 'SECRETS_INVALID'],
    ['of a newer bantam', good.replace('version: 1', 'version: 2'), 'SECRETS_VERSION_UNKNOWN'],
    ['of another cluster', good.replace('cluster: home', 'cluster: lab'), 'SECRETS_OTHER_CLUSTER'],
    ['without cluster', good.replace('cluster: home\n', ''), 'SECRETS_INVALID'],
    ['without agent token', good.replace(/agentToken.*\n/, ''), 'SECRETS_INVALID'],
    ['without server token', good.replace(/serverToken.*\n/, ''), 'SECRETS_INVALID'],
    ['with a token that k3s takes for a secure one', good.replace(`${token}-1`, `K10${token}`), 'SECRETS_INVALID'],
    [
      'with a token that k3s takes for a bootstrap token',
      good.replace(`${token}-1`, 'abcdef.0123456789abcdef'),
      'SECRETS_INVALID',
    ],
    ['with a short token', good.replace(`${token}-1`, 'short'), 'SECRETS_INVALID'],
    ['with one token for servers and agents', good.replace('-2', '-1'), 'SECRETS_INVALID'],
    ['with an unknown key', `${good}adminKeys: {}\n`, 'SECRETS_INVALID'],
    [
      'with a damaged public key',
      `${good}adminKeyPair: {publicKey: ssh-ed25519 AAAA, privateKey: x}\n`,
      'SECRETS_INVALID',
    ],
    ['with an alias', `${good}adminKeyPair: &a [*a]\n`, 'SECRETS_INVALID'],
  ])('%s', async (_name, text, code) => {
    await writeFile(file, text, { mode: 0o600 })
    const error: unknown = await obtainSecrets(file, withKeyPair).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, kind: 'input' })
    expect(String(error)).not.toContain('correct-horse')
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(await readdir(folder)).toEqual(['home.secrets.yaml'])
  })

  test.skipIf(process.platform === 'win32').each([0o644, 0o640, 0o604])('that others can read (%o)', async (mode) => {
    await writeFile(file, good)
    await chmod(file, mode)
    await expect(obtainSecrets(file, options)).rejects.toMatchObject({
      code: 'SECRETS_MODE',
      facts: { mode: mode.toString(8) },
    })
  })

  test('that another build seems to hold for ever', async () => {
    await writeFile(`${file}.partial`, '')
    await expect(obtainSecrets(file, options)).rejects.toMatchObject({
      code: 'SECRETS_LOCKED',
      facts: { lockFile: `${file}.partial` },
    })
  }, 30_000)
})
