// @module-tag slow
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { writeSecretBundle } from '../../src/artifact/write-secret-bundle.ts'
import type { SecretFiles } from '../../src/model/rendered-node.ts'
import { plainFile } from '../../src/render/file-renderer.ts'
import { run, testWith } from '../support/validators.ts'
import { seedsFolder } from './rendered.ts'

const test = testWith('dash', 'tar', 'setsid')
/** What the script calls, in front of which it can be cut off. */
const PROGRAMS = ['date', 'dd', 'grep', 'mkdir', 'mv', 'rm', 'sha256sum', 'stat', 'sync', 'tar']
const CONFIG = 'etc/rancher/k3s/config.yaml'
const LONG = `var/lib/${'long/'.repeat(30)}key`
const ODD = 'srv/two words \\n'
const HOST_KEYS = { nocloud: 'etc/ssh/ssh_host_ed25519_key', firstrun: 'usr/lib/bantam/ssh_host_ed25519_key' }
const secretFiles = (token = 'secret'): SecretFiles => ({
  common: [secretFile(CONFIG, `token: ${token}\n`), secretFile(LONG, 'key\n'), secretFile(ODD, 'x'.repeat(5000))],
  nocloud: [secretFile(HOST_KEYS.nocloud, 'host key\n')],
  firstrun: [
    secretFile(HOST_KEYS.firstrun, 'host key\n'),
    { ...secretFile('usr/lib/bantam/provision', '#!/bin/sh\n'), mode: 0o700 },
  ],
})
const INSTALLED = [CONFIG, LONG, ODD, HOST_KEYS.nocloud]
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bantam-import-'))
  clear()
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A machine as it was flashed. */
function clear(): void {
  rmSync(folder, { recursive: true })
  for (const name of ['boot', 'root', 'state', 'bin']) mkdirSync(join(folder, name), { recursive: true })
  const paths = {
    boot_folders: `${folder}/none ${folder}/boot`,
    root_folder: `${folder}/root`,
    state_dir: `${folder}/state`,
    cloud_dir: `${folder}/cloud`,
    lock_dir: `${folder}/etc`,
  }
  write(
    'settings',
    Object.entries(paths)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  )
  for (const name of PROGRAMS) program(name, '')
}

function write(path: string, content: string | Uint8Array = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

/** Puts a program in front of the system's, which then runs too: the file system's own `sync` takes long. */
function program(name: string, script: string): void {
  const cut = `echo ${name} >>${folder}/calls\nif [ "$(wc -l <${folder}/calls)" -eq "\${CUT_BEFORE:-0}" ]; then kill -9 0; fi\n`
  write(`bin/${name}`, `#!/bin/sh\n${cut}${script}\n${name === 'sync' ? '' : `PATH=\${PATH#*:}\nexec ${name} "$@"`}\n`)
  chmodSync(join(folder, 'bin', name), 0o755)
}

// In a separate process group, so that a cut kills all of it.
const start = (script: string, words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  run('setsid', ['-w', 'dash', join(seedsFolder, script), ...words], {
    env: { BANTAM_SETTINGS: join(folder, 'settings'), PATH: `${folder}/bin:${process.env.PATH ?? ''}`, ...env },
  })
const importSecrets = (env: NodeJS.ProcessEnv = {}) => start('import-secrets.sh', [], env)

const bundle = (): string => join(folder, 'boot/bantam-secrets.tar')
const owner = process.getuid?.() ?? 0
function secretFile(path: string, content: string) {
  return {
    ...plainFile('root', path, new TextEncoder().encode(content), 0o600),
    uid: owner,
    gid: process.getgid?.() ?? 0,
  }
}
/** Puts a bundle onto the boot partition; under another name, its bytes can be looked at when it is gone. */
async function putBundle(files = secretFiles()): Promise<Buffer> {
  await writeSecretBundle(bundle(), files)
  rmSync(join(folder, 'bytes'), { force: true })
  linkSync(bundle(), join(folder, 'bytes'))
  return readFileSync(bundle())
}
const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
const has = (path: string): boolean => existsSync(join(folder, path))
const installed = (): string[] =>
  readdirSync(join(folder, 'root'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(`${folder}/root/`.length))

function expectTaken(token = 'secret'): void {
  expect(installed().sort()).toEqual([...INSTALLED].sort())
  expect(INSTALLED.map((path) => read(`root/${path}`))).toEqual([
    `token: ${token}\n`,
    'key\n',
    'x'.repeat(5000),
    'host key\n',
  ])
  expect(has('boot/bantam-secrets.tar')).toBe(false)
  expect(readFileSync(join(folder, 'bytes')).every((byte) => byte === 0)).toBe(true)
  expect(readdirSync(join(folder, 'state'))).toEqual(['scrubbed'])
}

describe('a bundle', () => {
  test('is on the card before the note, the zeros are where the secrets were, and each removal is on the card', async () => {
    for (const name of ['dd', 'sync', 'rm', 'mv'])
      program(name, `echo "${name} $*" | sed 's|${folder}|.|g' >>${folder}/words`)
    await putBundle()
    importSecrets()
    expectTaken()
    // dash's echo breaks the line at the odd name.
    const words = read('words')
      .split('\n')
      .filter((line) => /^(?:dd|mv|rm|sync)\b/.test(line))
    const moves = words.filter((line) => line.startsWith('mv ')).length
    expect(words.map((line) => line.split(' ')[0])).toEqual([
      'rm',
      'sync',
      ...Array<string>(moves).fill('mv'),
      'sync',
      'sync',
      'rm',
      'dd',
      'rm',
      'sync',
      'sync',
      'rm',
      'sync',
    ])
    // Without notrunc the card may take other blocks for the zeros.
    expect(words.find((line) => line.startsWith('dd '))).toMatch(/^dd if=\/dev\/zero .* conv=notrunc,fsync$/)
  })

  test('is put into place with its modes, and no byte of it is left on the boot partition', async () => {
    mkdirSync(join(folder, 'root/etc/ssh'), { recursive: true })
    chmodSync(join(folder, 'root/etc/ssh'), 0o750)
    expect((await putBundle()).includes('token: secret')).toBe(true)
    expect(importSecrets().output).toContain('has been taken over, overwritten and removed')
    expectTaken()
    const modeOf = (path: string): number => statSync(join(folder, 'root', path)).mode & 0o777
    expect(INSTALLED.map(modeOf)).toEqual([0o600, 0o600, 0o600, 0o600])
    expect(['etc/rancher/k3s', 'srv', 'etc/ssh'].map(modeOf)).toEqual([0o755, 0o755, 0o750])
    expect(read('state/scrubbed')).toMatch(/^bantam-secrets\.tar \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/)
  })

  test('begins with a list that sha256sum reads', async () => {
    await putBundle()
    expect(run('tar', ['-tf', bundle()]).output).toMatch(/^SHA256SUMS\ncommon\/etc\/rancher/)
    mkdirSync(join(folder, 'unpacked'))
    run('tar', ['-xf', bundle(), '-C', join(folder, 'unpacked')])
    expect(
      run('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: join(folder, 'unpacked') }),
    ).toEqual({ status: 0, output: '' })
  })

  test('gives what the seed backend of the image needs, and nothing of the other one', async () => {
    write('root/etc/systemd/system/bantam-provision.service')
    await putBundle()
    expect(importSecrets().status).toBe(0)
    expect(installed().sort()).toEqual(
      [
        CONFIG,
        LONG,
        ODD,
        HOST_KEYS.firstrun,
        'usr/lib/bantam/provision',
        'etc/systemd/system/bantam-provision.service',
      ].sort(),
    )
    expect(statSync(join(folder, 'root/usr/lib/bantam/provision')).mode & 0o777).toBe(0o700)
  })

  test('may be missing', () => {
    expect(importSecrets()).toEqual({ status: 0, output: '' })
    expect(readdirSync(join(folder, 'state'))).toEqual([])
  })
})

describe('a damaged bundle', () => {
  const damages = {
    'cut short': (bytes: Buffer, length: number) => bytes.subarray(0, length),
    'zero to its end': (bytes: Buffer, length: number) =>
      Buffer.concat([bytes.subarray(0, length), Buffer.alloc(bytes.length - length)]),
  }
  // In a header, in the list, between entries and in their content; counted from the end: without the last file.
  const lengths = [0, 100, 512, 700, 1024, 2048, 3000, 5120, -1536]

  test.each(
    Object.entries(damages).flatMap(([damage, apply]) => lengths.map((length) => [damage, length, apply] as const)),
  )('that is %s from byte %d on is kept, and nothing of it is put into place', async (_damage, length, apply) => {
    const whole = await putBundle()
    const damaged = apply(whole, length < 0 ? whole.length + length : length)
    expect(damaged.equals(whole)).toBe(false)
    writeFileSync(bundle(), damaged)
    const { status, output } = importSecrets()
    expect(status).toBe(1)
    // The reason names a file; the echo of dash takes its backslash for the start of an escape.
    expect(output).toMatch(/^\S+bantam-secrets\.tar is damaged: write it to the boot partition again.*\n$/s)
    expect(installed()).toEqual([])
    expect(readFileSync(bundle()).equals(damaged)).toBe(true)
    expect(readdirSync(join(folder, 'state'))).toEqual([])
    // As the message says.
    writeFileSync(bundle(), whole)
    expect(importSecrets().status).toBe(0)
    expectTaken()
  })

  test('that is no archive is kept, and so is one with a changed byte', async () => {
    const whole = await putBundle()
    const changed = Buffer.from(whole)
    changed.write('SECRET', whole.indexOf('secret\n'))
    for (const bytes of [Buffer.from('no archive at all'.repeat(100)), changed]) {
      writeFileSync(bundle(), bytes)
      expect(importSecrets().output).toContain('is damaged: write it to the boot partition again')
      expect(readFileSync(bundle()).equals(bytes)).toBe(true)
      expect(installed()).toEqual([])
    }
  })
})

describe('a power cut', () => {
  test('before any step loses nothing, and the next start finishes the job', async () => {
    let step = 1
    for (; ; step += 1) {
      clear()
      const whole = await putBundle()
      const { status } = importSecrets({ CUT_BEFORE: String(step) })
      if (status === 0) break
      if (!readFileSync(join(folder, 'bytes')).equals(whole))
        expect(installed().sort(), `step ${step}`).toEqual([...INSTALLED].sort())
      expect(importSecrets().status, `step ${step}`).toBe(0)
      expectTaken()
      expect(read('state/scrubbed').split('\n'), `step ${step}`).toHaveLength(2)
    }
    expect(step).toBeGreaterThan(20)
  }, 120_000)

  test.each([
    ['first', 'count=1'],
    ['last', 'seek=2'],
    ['first half of the first', 'bs=256 count=2'],
    ['middle', 'bs=512 seek=2 count=2'],
  ])('while it is overwritten, with the %s block gone, puts no zeros into place', async (_which, words) => {
    await putBundle()
    program('dd', `PATH=\${PATH#*:}; dd "$@" ${words} 2>/dev/null; kill -9 0`)
    expect(importSecrets().status).not.toBe(0)
    program('dd', '')
    expect(importSecrets().status).toBe(0)
    expectTaken()
  })

  test('does not take the next bundle for the one that was removed', async () => {
    await putBundle()
    program('rm', `case $* in */taken) kill -9 0 ;; esac`)
    expect(importSecrets().status).not.toBe(0)
    expect(has('state/taken')).toBe(true)
    program('rm', '')
    await putBundle(secretFiles('newer'))
    expect(importSecrets().status).toBe(0)
    expectTaken('newer')
  })

  test.each(['mv', 'dd', 'mkdir', 'sha256sum'])(
    'is not needed: where %s fails, the bundle stays until it works',
    async (name) => {
      await putBundle()
      program(name, 'exit 1')
      expect(importSecrets().status).toBe(1)
      expect(has('boot/bantam-secrets.tar')).toBe(true)
      program(name, '')
      expect(importSecrets().status).toBe(0)
      expectTaken()
    },
  )
})

describe('cloud-init', () => {
  const settle = (): void => {
    write('cloud/instances/worker-1-abc/bantam-settled')
    symlinkSync(join(folder, 'cloud/instances/worker-1-abc'), join(folder, 'cloud/instance'))
    write('state/orderly-stop')
    write('state/cloud-init-restarts', '3\n')
  }

  test('starts again, once, if the secrets arrive after it has ended', async () => {
    settle()
    await putBundle()
    expect(importSecrets().status).toBe(0)
    expectTaken()
    expect(start('restart-cloud-init.sh', ['check']).output).toBe('cloud-init was cut off: it starts over\n')
    expect(has('cloud/instance')).toBe(false)
    settle()
    importSecrets()
    expect(start('restart-cloud-init.sh', ['check']).output).toBe('')
    expect(has('cloud/instance/bantam-settled')).toBe(true)
  })

  test('is left alone by a damaged bundle', () => {
    settle()
    write('boot/bantam-secrets.tar', 'no archive')
    expect(importSecrets().status).toBe(1)
    expect(has('cloud/instance/bantam-settled')).toBe(true)
    expect(has('state/orderly-stop')).toBe(true)
  })

  test('is started by a unit that waits for the secrets', () => {
    const before = /^Before=(.*)$/m
      .exec(readFileSync(join(seedsFolder, 'bantam-import-secrets.service'), 'utf8'))?.[1]
      ?.split(' ')
    expect(before).toEqual(
      expect.arrayContaining(['bantam-cloud-init-restart.service', 'cloud-init-local.service', 'sysinit.target']),
    )
  })
})
