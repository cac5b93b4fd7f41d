// @module-tag slow
import '../support/quick-passphrases.mjs'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import type { PassphraseUse, SecretsKeys } from '../../src/secrets/encrypt-secrets.ts'
import { ensureSecrets } from '../../src/secrets/ensure-secrets.ts'
import type { SecretsFile } from '../../src/secrets/secrets-file.ts'
import {
  readSecretsFile,
  type SecretsStore,
  sweepSecretsFile,
  updateSecretsFile,
} from '../../src/secrets/secrets-store.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'

const needs = { needsKeyPair: false, nodeNames: ['server-1'], joinTokens: null }
const needsMore = (name: string) => ({ ...needs, nodeNames: ['server-1', name] })
const sources = { randomBytes, now: new Date('2026-11-21T12:00:00Z') }
const noKeys: SecretsKeys = { identities: [], passphrase: null, askPassphrase: null }
const lockTiming = { pollMs: 10, heartbeatMs: 50, staleAfterMs: 1_000 }

let folder = ''
let file = ''
beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder, 'home.secrets.yaml')
})

const store = (changes: Partial<SecretsStore> = {}): SecretsStore => ({
  file,
  clusterName: 'home',
  keys: noKeys,
  signal: new AbortController().signal,
  lockTiming,
  ...changes,
})
const textOf = (path = file): string => readFileSync(path, 'utf8')
const found = (secrets: SecretsFile | null): SecretsFile => secrets ?? expect.fail('no file')

describe('a writer', () => {
  test('takes over the lock of a killed process, and removes its unfinished file', async () => {
    await ensureSecrets(store(), needs, sources)
    writeFileSync(`${file}.lock`, '.')
    writeFileSync(`${file}.partial`, 'half', { mode: 0o644 })
    await Promise.all(
      ['worker-1', 'worker-2', 'worker-3'].map((name) => ensureSecrets(store(), needsMore(name), sources)),
    )
    expect(Object.keys(found(await readSecretsFile(store())).nodes).sort()).toEqual([
      'server-1',
      'worker-1',
      'worker-2',
      'worker-3',
    ])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['home.secrets.yaml'])
  })

  test('removes what was half written even if nothing changes', async () => {
    await ensureSecrets(store(), needs, sources)
    writeFileSync(`${file}.partial`, 'half')
    const text = textOf()
    await updateSecretsFile(store(), found)
    expect([textOf(), readdirSync(folder)]).toEqual([text, ['home.secrets.yaml']])
  })

  test('waits for another writer without a limit, while readers continue', async () => {
    await ensureSecrets(store(), needs, sources)
    let finish: () => void = () => undefined
    let slow: Promise<unknown> = Promise.resolve()
    // Once it has the lock: which of two would get it first, nobody knows.
    await new Promise<void>((hasLock, reject) => {
      slow = updateSecretsFile(store(), async (secrets) => {
        hasLock()
        await new Promise<void>((resolve) => (finish = resolve))
        return { ...found(secrets), passwordSalt: 'a'.repeat(16) }
      })
      slow.catch(reject)
    })
    const other = updateSecretsFile(store(), (secrets) => ({ ...found(secrets), serverToken: 'b'.repeat(64) }))
    // Longer than after a holder that shows no life.
    await new Promise((resolve) => setTimeout(resolve, 2 * lockTiming.staleAfterMs))
    expect(found(await readSecretsFile(store())).serverToken).not.toBe('b'.repeat(64))
    finish()
    await Promise.all([slow, other])
    expect(found(await readSecretsFile(store()))).toMatchObject({
      passwordSalt: 'a'.repeat(16),
      serverToken: 'b'.repeat(64),
    })
  })

  test('stops waiting on an abort', async () => {
    await ensureSecrets(store(), needs, sources)
    writeFileSync(`${file}.lock`, '.')
    const text = textOf()
    const waiting = ensureSecrets(
      store({ signal: AbortSignal.timeout(50), lockTiming: { ...lockTiming, staleAfterMs: 60_000 } }),
      needsMore('worker-1'),
      sources,
    )
    await expect(waiting).rejects.toThrow(/abort/)
    expect(textOf()).toBe(text)
  })

  test('writes nothing after another process has taken over', async () => {
    await ensureSecrets(store(), needs, sources)
    const text = textOf()
    const late = updateSecretsFile(store({ lockTiming: { ...lockTiming, heartbeatMs: 60_000 } }), (secrets) => {
      rmSync(`${file}.lock`)
      return { ...found(secrets), serverToken: 'b'.repeat(64) }
    })
    await expectRejection('FILE_LOCK_LOST', late)
    expect(textOf()).toBe(text)
  })

  test('reports that the folder is gone', async () => {
    await expectRejection(
      'SECRETS_UNWRITABLE',
      ensureSecrets(store({ file: join(folder, 'gone/home.secrets.yaml') }), needs, sources),
    )
  })

  test('goes when a command needs no new secret, but not while another one writes', async () => {
    await ensureSecrets(store(), needs, sources)
    const partial = `${file}.6f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d.partial`
    writeFileSync(partial, 'half')
    await ensureSecrets(store(), needs, sources)
    expect(readdirSync(folder)).toEqual(['home.secrets.yaml'])
    let swept = Promise.resolve()
    await updateSecretsFile(store(), async (found) => {
      writeFileSync(partial, 'half')
      swept = sweepSecretsFile(store())
      await sleep(100)
      expect(existsSync(partial)).toBe(true)
      return found ?? expect.fail('no secrets')
    })
    await swept
    expect(readdirSync(folder)).toEqual(['home.secrets.yaml'])
  })

  test('reports that something else has the name of the partial file', async () => {
    mkdirSync(`${file}.partial`)
    await expectRejection('SECRETS_UNWRITABLE', ensureSecrets(store(), needs, sources))
    expect(readdirSync(folder)).toEqual(['home.secrets.yaml.partial'])
  })
})

describe('a passphrase', () => {
  const keys = { ...noKeys, passphrase: 'correct horse' }
  const encrypted = async (): Promise<void> => {
    await ensureSecrets(store(), needs, sources)
    await updateSecretsFile(store({ keys }), (secrets) => ({ ...found(secrets), encryption: { passphrase: true } }))
  }

  test('serves three builds at once, each of which adds a node', async () => {
    await encrypted()
    const names = ['worker-1', 'worker-2', 'worker-3']
    await Promise.all(names.map((name) => ensureSecrets(store({ keys }), needsMore(name), sources)))
    expect(Object.keys(found(await readSecretsFile(store({ keys }))).nodes).sort()).toEqual(['server-1', ...names])
    expect(textOf()).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)
    expect(readdirSync(folder)).toEqual(['home.secrets.yaml'])
  })

  test('is asked for before the lock is taken', async () => {
    await encrypted()
    const asked: [PassphraseUse, boolean][] = []
    const askPassphrase = (use: PassphraseUse): Promise<string> => {
      asked.push([use, existsSync(`${file}.lock`)])
      return Promise.resolve('correct horse')
    }
    await updateSecretsFile(store({ keys: { ...noKeys, askPassphrase } }), (secrets) => ({
      ...found(secrets),
      serverToken: 'b'.repeat(64),
    }))
    // What was opened before is not opened again; to keep it for the same passphrase, the asker repeats its answer.
    expect(asked).toEqual([
      ['open', false],
      ['keep', true],
    ])
  })
})

describe.skipIf(process.platform === 'win32')('a link', () => {
  test('that leads nowhere is refused, not taken for a cluster without secrets', async () => {
    symlinkSync('vault/home.secrets.yaml', file)
    for (const attempt of [
      () => ensureSecrets(store(), needs, sources),
      () => readSecretsFile(store()),
      () => updateSecretsFile(store(), found),
    ]) {
      const error = await expectRejection('SECRETS_LINK_BROKEN', attempt())
      expect(error.message).toContain(join(folder, 'vault/home.secrets.yaml'))
    }
    expect([readdirSync(folder), readlinkSync(file)]).toEqual([['home.secrets.yaml'], 'vault/home.secrets.yaml'])
  })

  test('stays, and its target is replaced', async () => {
    const vault = temporaryFolder()
    const real = join(vault, 'real.yaml')
    await ensureSecrets(store({ file: real }), needs, sources)
    symlinkSync(real, file)
    await ensureSecrets(store(), needsMore('worker-1'), sources)
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(Object.keys(found(await readSecretsFile(store({ file: real }))).nodes)).toEqual(['server-1', 'worker-1'])
    expect([readdirSync(folder), readdirSync(vault)]).toEqual([['home.secrets.yaml'], ['real.yaml']])
    expect(statSync(real).mode & 0o777).toBe(0o600)
  })

  test('to a file that others can read is refused', async () => {
    const real = join(temporaryFolder(), 'real.yaml')
    await ensureSecrets(store({ file: real }), needs, sources)
    chmodSync(real, 0o644)
    symlinkSync(real, file)
    await expectRejection('SECRETS_MODE', ensureSecrets(store(), needs, sources))
  })
})
