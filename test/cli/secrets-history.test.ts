// @module-tag slow
/** A rotation is one step: the secrets file holds what was before, and the other files are written from it. */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { rotateSecrets } from '../../src/pipeline/secrets/rotate-secrets.ts'
import { CLUSTER, errorOf, project, rendered } from '../support/cli-project.ts'
import { bantam, bantamProcess } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

interface Previous {
  readonly secret: string
  readonly node: string | null
  readonly replaced: string
  readonly reason: string
  readonly neededBy: string
}

const publicPart = (line: string): string => line.split(' ')[1] ?? ''
const out = (folder: string, name: string): string => join(folder, 'out/home.access', name)
const secretsText = (folder: string): string => readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')

/** The key that nodes accept which were built so far: user-data names it. */
function keyOfNodes(folder: string): string {
  const userData = readFileSync(out(folder, 'seeds/worker-1/boot/user-data'), 'utf8')
  return /ssh-ed25519 (\S+)/.exec(userData)?.[1] ?? expect.fail('no key in user-data')
}

function keyIn(folder: string, name: string): string {
  return publicPart(run('ssh-keygen', ['-y', '-f', out(folder, name)]).output)
}

/** The data of an Ed25519 public key: two fields, each with its length before it. RFC 8709, section 4. */
function keyBlob(seed: string): string {
  const fields = [Buffer.from('ssh-ed25519'), createHash('sha256').update(seed).digest()]
  return Buffer.concat(fields.flatMap((field) => [Buffer.from([0, 0, 0, field.length]), field])).toString('base64')
}

async function build(folder: string): Promise<void> {
  const base = smallImage('raspios', folder)
  const built = await bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1', '--base', base])
  expect(built.status, built.stderr).toBe(0)
}

async function json<T>(folder: string, ...words: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await bantam(folder, [...words, '--json'])
  expect(status, stdout + stderr).toBe(0)
  return JSON.parse(stdout) as T
}

async function refusal(folder: string, ...words: readonly string[]): Promise<unknown> {
  const { status, stdout } = await bantam(folder, [...words, '--json'])
  expect(status).toBeGreaterThan(0)
  return errorOf(stdout).code
}

const previousOf = async (folder: string): Promise<readonly Previous[]> =>
  (await json<{ previous: readonly Previous[] }>(folder, 'secrets', 'show')).previous

/** The keys that ssh accepts of a host, as ssh-keygen reads the file. */
function hostKeysOf(folder: string, node: string): readonly string[] {
  const { output } = run('ssh-keygen', ['-F', node, '-f', out(folder, 'known_hosts')])
  return [...output.matchAll(/ssh-ed25519 (\S+)/g)].map(([, key = '']) => key)
}

describe('the key that running nodes know', () => {
  testWith('ssh-keygen')('outlasts a rotation into a folder that cannot be written, and a second try', async () => {
    const folder = await rendered()
    await bantam(folder, ['kubeconfig'])
    const known = keyOfNodes(folder)
    renameSync(join(folder, 'out/home.access'), join(folder, 'out/aside'))
    writeFileSync(join(folder, 'out/home.access'), '')
    for (const which of ['admin-key', 'server-token', 'host-keys'])
      expect([which, await refusal(folder, 'secrets', 'rotate', which)]).toEqual([which, 'OUTPUT_NOT_WRITABLE'])
    rmSync(join(folder, 'out/home.access'))
    renameSync(join(folder, 'out/aside'), join(folder, 'out/home.access'))
    // Nothing was replaced: the first try would only be a key that no node knows.
    expect(await previousOf(folder)).toEqual([])
    expect((await bantam(folder, ['secrets', 'rotate', 'admin-key'])).status).toBe(0)
    expect(keyIn(folder, 'id_ed25519.previous')).toBe(known)
  })

  testWithImages('outlasts a kill right after the secrets file changed: the next build writes it', async () => {
    const folder = await rendered()
    await build(folder)
    const known = keyOfNodes(folder)
    // The first moment at which the new key is on the disk and nothing else is.
    const preload = join(folder, 'kill-after-rename.mjs')
    writeFileSync(
      preload,
      `import fsp from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
const { rename } = fsp
fsp.rename = async (from, to) => {
  await rename(from, to)
  if (String(to).endsWith('home.secrets.yaml')) process.kill(process.pid, 'SIGKILL')
}
syncBuiltinESMExports()
`,
    )
    const before = readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
    const killed = await bantamProcess(folder, ['secrets', 'rotate', 'admin-key'], {
      NODE_OPTIONS: `--import=file://${preload}`,
    })
    expect(killed.status).toBeNull()
    expect(readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')).not.toBe(before)
    expect(keyIn(folder, 'id_ed25519')).toBe(known)
    await build(folder)
    expect(keyIn(folder, 'id_ed25519')).not.toBe(known)
    expect(keyIn(folder, 'id_ed25519.previous')).toBe(known)
  })

  test('is in the secrets file if the disk fails after the change, and the message says not to rotate again', async () => {
    const folder = await rendered()
    await bantam(folder, ['kubeconfig'])
    const known = keyOfNodes(folder)
    const signal = new AbortController().signal
    const request = { which: 'admin-key', selection: { nodes: [], profiles: [] }, reason: 'a test' } as const
    const rotation = rotateSecrets(
      {
        clusterFile: join(folder, 'cluster.yaml'),
        seedsOverride: null,
        outFolder: join(folder, 'out'),
        workingFolder: folder,
        homeFolder: folder,
        shippedProfiles: new URL('../../profiles', import.meta.url).pathname,
        shippedSeeds: new URL('../../seeds', import.meta.url).pathname,
        env: {},
        secretsKeys: { identities: [], passphrase: null, askPassphrase: null },
        signal,
        now: new Date(),
        // The new key is made after the folder was found to be writable, and before it is written.
        randomBytes: (byteLength) => {
          if (existsSync(out(folder, 'ssh_config'))) {
            rmSync(join(folder, 'out/home.access'), { recursive: true })
            writeFileSync(join(folder, 'out/home.access'), '')
          }
          return new Uint8Array(byteLength).fill(7)
        },
      },
      request,
    )
    await expect(rotation).rejects.toMatchObject({
      code: 'SECRETS_ROTATED_WITHOUT_FILES',
      hint: expect.stringContaining('Do not rotate again') as string,
    })
    expect(await previousOf(folder)).toMatchObject([{ secret: 'admin-key', reason: 'a test' }])
    rmSync(join(folder, 'out/home.access'))
    await bantam(folder, ['kubeconfig'])
    expect(keyIn(folder, 'id_ed25519.previous')).toBe(known)
  })

  test('is not one that bantam made for the rotation alone', async () => {
    const folder = project(`admin: {sshKeys: [work.pub]}\n${CLUSTER}`)
    const key = `ssh-ed25519 ${keyBlob('own key')} ada@desk\n`
    writeFileSync(join(folder, 'work.pub'), key)
    expect((await bantam(folder, ['render'])).status).toBe(0)
    expect(secretsText(folder)).not.toContain('adminKeyPair')
    writeFileSync(join(folder, 'cluster.yaml'), CLUSTER)
    const { steps } = await json<{ steps: readonly { command: string | null }[] }>(
      folder,
      'secrets',
      'rotate',
      'admin-key',
    )
    expect(await previousOf(folder)).toEqual([])
    expect(steps.map(({ command }) => command)).toEqual([expect.stringContaining('bantam build-image')])
  })

  testWith('ssh-keygen')('is the last of several after two rotations, and ssh tries all of them', async () => {
    const folder = await rendered()
    const known = keyOfNodes(folder)
    await json(folder, 'secrets', 'rotate', 'admin-key')
    const between = keyIn(folder, 'id_ed25519')
    const { steps } = await json<{ steps: readonly { command: string | null }[] }>(
      folder,
      'secrets',
      'rotate',
      'admin-key',
    )
    expect(steps[0]?.command).toBe(
      "ssh -F out/home.access/ssh_config -i out/home.access/id_ed25519.previous -i out/home.access/id_ed25519.previous-2 NODE 'cat > .ssh/authorized_keys' < out/home.access/id_ed25519.pub",
    )
    expect(keyIn(folder, 'id_ed25519.previous')).toBe(between)
    expect(keyIn(folder, 'id_ed25519.previous-2')).toBe(known)
    const names = ['id_ed25519', 'id_ed25519.previous', 'id_ed25519.previous-2']
    for (const name of names) expect(statSync(out(folder, name)).mode & 0o777).toBe(0o600)
    const config = run('ssh', ['-G', '-F', 'out/home.access/ssh_config', 'worker-1'], { cwd: folder }).output
    expect([...config.matchAll(/^identityfile (.*)$/gm)].map(([, path]) => path)).toEqual(
      names.flatMap((name) => [out(folder, name), `out/home.access/${name}`, `home.access/${name}`, name]),
    )
  })

  test('of an earlier version is only in a file: no rotation replaces it, and no build', async () => {
    const folder = await rendered()
    await bantam(folder, ['kubeconfig'])
    writeFileSync(out(folder, 'id_ed25519.previous'), 'a key that only this file has')
    const text = secretsText(folder)
    expect(await refusal(folder, 'secrets', 'rotate', 'admin-key')).toBe('SECRETS_PREVIOUS_KEY_KEPT')
    expect(secretsText(folder)).toBe(text)
    renameSync(out(folder, 'id_ed25519.previous'), out(folder, 'kept'))
    await json(folder, 'secrets', 'rotate', 'admin-key')
    rmSync(out(folder, 'id_ed25519.previous'))
    renameSync(out(folder, 'kept'), out(folder, 'id_ed25519.previous'))
    await json(folder, 'kubeconfig')
    await json(folder, 'secrets', 'forget', 'admin-key')
    expect(readFileSync(out(folder, 'id_ed25519.previous'), 'utf8')).toBe('a key that only this file has')
    expect(readdirSync(out(folder, '')).filter((name) => name.includes('previous'))).toEqual(['id_ed25519.previous'])
  })
})

test('a rotation hides its files from git, also in a folder that it makes', async () => {
  const folder = await rendered()
  rmSync(join(folder, 'out'), { recursive: true })
  await json(folder, 'secrets', 'rotate', 'server-token')
  expect(existsSync(out(folder, 'id_ed25519'))).toBe(true)
  expect(readFileSync(out(folder, '.gitignore'), 'utf8')).toBe('*\n')
})

describe('secrets show', () => {
  test('lists previous values with time, reason and what still needs them, and no value', async () => {
    const folder = await rendered()
    const tokenOf = (text: string): string => /serverToken: (\S+)/.exec(text)?.[1] ?? expect.fail('no token')
    const old = tokenOf(secretsText(folder))
    await json(folder, 'secrets', 'rotate', 'server-token')
    await json(folder, 'secrets', 'rotate', 'host-keys', '--node', 'worker-1', '--reason', 'card was stolen')
    expect(secretsText(folder)).toContain(old)
    expect(await previousOf(folder)).toEqual([
      {
        secret: 'server-token',
        node: null,
        replaced: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/) as string,
        reason: 'secrets rotate',
        neededBy: expect.stringContaining('etcd snapshots') as string,
      },
      expect.objectContaining({ secret: 'host-keys', node: 'worker-1', reason: 'card was stolen' }),
    ])
    const { stdout } = await bantam(folder, ['secrets', 'show'])
    expect(stdout).toMatch(/PREVIOUS +REPLACED +REASON +STILL NEEDED BY\nserver-token /)
    expect(stdout).toMatch(/^host-keys of worker-1 .*card was stolen/m)
    for (const secret of [old, tokenOf(secretsText(folder)), 'PRIVATE KEY']) expect(stdout).not.toContain(secret)
    for (const name of ['root-ca', 'server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'])
      expect(stdout).toMatch(new RegExp(`^${name} +\\d{4}-`, 'm'))
  })

  test('a reason that is no single line is refused before anything changes', async () => {
    const folder = await rendered()
    const text = secretsText(folder)
    expect(await refusal(folder, 'secrets', 'rotate', 'admin-key', '--reason', 'a\u001b[2J')).toBe(
      'USAGE_OPTION_INVALID',
    )
    expect(secretsText(folder)).toBe(text)
  })
})

describe('secrets forget', () => {
  testWith('ssh-keygen')('removes a key from the secrets file and from the folder of the cluster', async () => {
    const folder = await rendered()
    await json(folder, 'secrets', 'rotate', 'admin-key')
    await json(folder, 'secrets', 'rotate', 'admin-key')
    await json(folder, 'secrets', 'rotate', 'host-keys')
    expect(hostKeysOf(folder, 'worker-1')).toHaveLength(2)
    const key = readFileSync(out(folder, 'id_ed25519.previous'), 'utf8')
    const { forgotten } = await json<{ forgotten: readonly Previous[] }>(folder, 'secrets', 'forget', 'admin-key')
    expect(forgotten.map(({ secret }) => secret)).toEqual(['admin-key', 'admin-key'])
    expect(forgotten[0]?.neededBy).toContain('SSH to nodes')
    expect(readdirSync(out(folder, '')).filter((name) => name.includes('previous'))).toEqual([])
    expect(readFileSync(out(folder, 'ssh_config'), 'utf8')).not.toContain('previous')
    // The first lines are the same in all such keys.
    const lines = key
      .split('\n')
      .filter((part) => part.length > 65 && !part.startsWith('b3BlbnNza') && !part.startsWith('QyNTUxOQ'))
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(secretsText(folder)).not.toContain(line)
    expect((await previousOf(folder)).map(({ secret }) => secret)).toEqual(['host-keys', 'host-keys', 'host-keys'])
    // Of one node, then all.
    await json(folder, 'secrets', 'forget', 'host-keys', '--node', 'worker-1')
    expect([hostKeysOf(folder, 'worker-1').length, hostKeysOf(folder, 'worker-2').length]).toEqual([1, 2])
    await json(folder, 'secrets', 'forget', '--all')
    expect(hostKeysOf(folder, 'worker-2')).toHaveLength(1)
    expect(parse(secretsText(folder)) as object satisfies object).not.toHaveProperty('previous')
    const again = await bantam(folder, ['secrets', 'forget', '--all'])
    expect([again.status, again.stdout]).toEqual([0, 'home.secrets.yaml has no such previous value.\n'])
  })

  test('names the files that still hold what was forgotten, and images that are older', async () => {
    interface Forgetting {
      readonly left: { readonly files: readonly string[]; readonly images: readonly string[] }
      readonly warnings: readonly { readonly code: string; readonly message: string }[]
    }
    const folder = await rendered()
    const tokenOf = (name: string): string => new RegExp(`${name}: (\\S+)`).exec(secretsText(folder))?.[1] ?? ''
    const old = tokenOf('agentToken')
    mkdirSync(out(folder, 'earlier'))
    writeFileSync(out(folder, 'earlier/worker-1.secrets.tar'), `in a tar: ${old}`)
    writeFileSync(out(folder, 'notes'), Buffer.from(`token: ${old}`).toString('base64'))
    await json(folder, 'secrets', 'rotate', 'agent-token')
    await json(folder, 'secrets', 'rotate', 'host-keys', '--node', 'worker-1')
    const images = join(folder, 'out/home')
    mkdirSync(images)
    // Newer than the rotation, older, without secrets.
    const hourAgo = new Date(Date.now() - 3_600_000)
    for (const name of ['server-1.img', 'worker-1.img.xz', 'worker-2.img']) writeFileSync(join(images, name), '')
    for (const name of ['worker-1.img.xz', 'worker-2.img']) utimesSync(join(images, name), hourAgo, hourAgo)
    writeFileSync(out(folder, 'worker-2.secrets.tar'), '')
    utimesSync(out(folder, 'worker-2.secrets.tar'), hourAgo, hourAgo)

    const hostKeys = await json<Forgetting>(folder, 'secrets', 'forget', 'host-keys')
    const seeds = (node: string, path: string): string => out(folder, `seeds/${node}/root/${path}`)
    expect(hostKeys.left.files).toEqual([
      out(folder, 'seeds/worker-1/firstrun/root/usr/lib/bantam/ssh_host_ed25519_key'),
      seeds('worker-1', 'etc/ssh/ssh_host_ed25519_key'),
    ])
    expect(hostKeys.left.images).toEqual([join(images, 'worker-1.img.xz')])
    const tokens = await json<Forgetting>(folder, 'secrets', 'forget', 'agent-token')
    expect(tokens.left.files).toEqual([
      out(folder, 'earlier/worker-1.secrets.tar'),
      out(folder, 'notes'),
      ...['server-1', 'worker-1', 'worker-2'].map((node) => seeds(node, 'etc/rancher/k3s/config.yaml')),
    ])
    expect(tokens.warnings.map(({ code }) => code)).toEqual(['SECRETS_LEFT_IN_FILES', 'SECRETS_LEFT_IN_IMAGES'])
    for (const { message } of tokens.warnings) expect(message).not.toContain(old)
    expect(tokens.warnings[0]?.message).toContain('seeds/worker-1/root/etc/rancher/k3s/config.yaml')
    expect(tokens.warnings[1]?.message).toMatch(/: worker-1\.img\.xz\.$/)
    // Nothing was removed, and what is rendered again no longer holds the value.
    for (const path of tokens.left.files) expect(existsSync(path), path).toBe(true)
    expect((await bantam(folder, ['render'])).status).toBe(0)
    await json(folder, 'secrets', 'rotate', 'admin-key')
    const keys = await json<Forgetting>(folder, 'secrets', 'forget', '--all')
    expect([keys.left, keys.warnings]).toEqual([{ files: [], images: [] }, []])
  })

  test('makes the access folder private where it is gone, and refuses that of another cluster', async () => {
    const folder = await rendered()
    await json(folder, 'secrets', 'rotate', 'host-keys')
    rmSync(join(folder, 'out'), { recursive: true })
    await json(folder, 'secrets', 'forget', 'host-keys', '--node', 'worker-1')
    expect(statSync(join(folder, 'out/home.access')).mode & 0o777).toBe(0o700)
    writeFileSync(out(folder, '.root-ca.sha256'), `${'0'.repeat(64)}\n`)
    const before = secretsText(folder)
    expect(await refusal(folder, 'secrets', 'forget', '--all')).toBe('OUTPUT_OTHER_CLUSTER')
    expect(secretsText(folder)).toBe(before)
  })

  test('does nothing unless it is clear what to forget', async () => {
    const folder = await rendered()
    await json(folder, 'secrets', 'rotate', 'server-token')
    const text = secretsText(folder)
    for (const words of [[], ['admin-key', '--all'], ['server-token', '--node', 'worker-1']])
      expect(await refusal(folder, 'secrets', 'forget', ...words)).toBe('SECRETS_FORGET_UNCLEAR')
    expect(await refusal(folder, 'secrets', 'forget', 'everything')).toBe('USAGE_OPTION_INVALID')
    expect(secretsText(folder)).toBe(text)
    expect(await refusal(project(), 'secrets', 'forget', '--all')).toBe('SECRETS_MISSING')
    const { stdout } = await bantam(folder, ['secrets', 'forget', 'server-token'])
    expect(stdout).toMatch(/^Removed from home\.secrets\.yaml:\nPREVIOUS +REPLACED +REASON +LOST\nserver-token /)
    expect(stdout).toContain('etcd snapshots')
  })
})

describe('a node whose card has not been flashed since its host key was rotated', () => {
  testWith('ssh-keygen')('is still known by its earlier key, and by the new one', async () => {
    const folder = await rendered()
    await bantam(folder, ['kubeconfig'])
    const [first] = hostKeysOf(folder, 'worker-1')
    await json(folder, 'secrets', 'rotate', 'host-keys', '--node', 'worker-1')
    const keys = hostKeysOf(folder, 'worker-1')
    expect(keys).toHaveLength(2)
    expect(keys[1]).toBe(first)
    expect(hostKeysOf(folder, 'worker-2')).toHaveLength(1)
    // What sshd of a node shows is compared with each line: a mark such as @revoked would refuse it.
    expect(readFileSync(out(folder, 'known_hosts'), 'utf8')).not.toContain('@')
  })
})

testWithImages('an image with a previous secret is found by inspect', async () => {
  const folder = await rendered()
  await build(folder)
  renameSync(join(folder, 'out/home/worker-1.img'), join(folder, 'old.img'))
  await json(folder, 'secrets', 'rotate', 'agent-token')
  await json(folder, 'secrets', 'rotate', 'host-keys')
  const found = async (): Promise<string> =>
    errorOf((await bantam(folder, ['inspect', '--secrets', 'old.img', '--json'])).stdout).message
  expect(await found()).toMatch(/previous agent-token at byte \d+ \(root\)/)
  expect(await found()).toContain('previous worker-1 host key at byte')
  await json(folder, 'secrets', 'forget', '--all')
  expect(await found()).not.toContain('previous')
})
