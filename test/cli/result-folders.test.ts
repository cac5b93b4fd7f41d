// @module-tag slow
/** What a build leaves in the folder that may be published, and in the one that stays private. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  existsSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { generateX25519Identity } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { CLUSTER, errorOf, listFiles, project, rendered, secretsOf } from '../support/cli-project.ts'
import { projectFolder } from '../support/prose.ts'
import { bantam, cliPath, type CliRun } from '../support/run-cli.ts'
import { smallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'
import { hasProgram, run } from '../support/validators.ts'

const build = (folder: string, ...words: readonly string[]): Promise<CliRun> =>
  bantam(folder, ['build-image', '--format', 'img', ...words])

const PRIVATE_FILES = [
  '.gitignore',
  '.root-ca.sha256',
  'admins.yaml',
  'id_ed25519',
  'id_ed25519.pub',
  'kubeconfig',
  'known_hosts',
  'ssh',
  'ssh_config',
]

describe('--no-secrets', () => {
  testWithImages('leaves nothing private outside of the access folder', async () => {
    const folder = project(`join: {tokenLifetime: 24h}\n${CLUSTER}`)
    const built = await build(folder, '--no-secrets', '--base', smallImage('raspios', folder))
    expect(built.status, built.stderr).toBe(0)
    const nodes = ['server-1', 'worker-1', 'worker-2']
    const images = join(folder, 'out/home')
    expect(readdirSync(images).sort()).toEqual(
      ['.gitignore', '.root-ca.sha256', 'SHA256SUMS', ...nodes.map((node) => `${node}.img`)].sort(),
    )
    const access = join(folder, 'out/home.access')
    expect(readdirSync(access).sort()).toEqual(
      [...PRIVATE_FILES, 'join-tokens.yaml', ...nodes.map((node) => `${node}.secrets.tar`)].sort(),
    )
    expect(statSync(access).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(access))
      if (!['.gitignore', '.root-ca.sha256'].includes(name))
        expect(statSync(join(access, name)).mode & 0o777, name).toBe(name === 'ssh' ? 0o700 : 0o600)
    // Everything that the build wrote, in the project and in the cache.
    const secrets = secretsOf(folder).map((text) => Buffer.from(text))
    for (const path of listFiles(folder)) {
      if (path.startsWith(access) || path.endsWith('home.secrets.yaml')) continue
      const bytes = readFileSync(path)
      expect(secrets.some((secret) => bytes.includes(secret)) ? path : null).toBeNull()
    }
    expect(built.stderr).not.toContain('OUTPUT_IMAGES_PRIVATE')
  })

  testWithImages('warns of images of earlier builds that hold secrets', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    expect((await build(folder, '--base', base)).status).toBe(0)
    writeFileSync(join(folder, 'out/home/worker-2.img.xz.partial'), '')
    const worker = await build(folder, '--no-secrets', '--node', 'worker-1', '--base', base)
    expect(worker.status).toBe(0)
    expect(worker.stderr).toMatch(/warning OUTPUT_IMAGES_PRIVATE.*server-1\.img, worker-2\.img\.$/m)
    // What a killed build left is gone.
    expect(existsSync(join(folder, 'out/home/worker-2.img.xz.partial'))).toBe(false)
    expect((await build(folder, '--no-secrets', '--base', base)).stderr).not.toContain('OUTPUT_IMAGES_PRIVATE')
    // A build of one node says nothing against the clean images of the others.
    const again = await build(folder, '--no-secrets', '--node', 'worker-1', '--base', base)
    expect(again.stderr).not.toContain('OUTPUT_IMAGES_PRIVATE')
    // An image with secrets removes the bundle of its node.
    expect((await build(folder, '--node', 'server-1', '--base', base)).status).toBe(0)
    expect(readdirSync(join(folder, 'out/home.access'))).not.toContain('server-1.secrets.tar')
    const last = await build(folder, '--no-secrets', '--node', 'worker-1', '--base', base)
    expect(last.stderr).toMatch(/warning OUTPUT_IMAGES_PRIVATE.*: server-1\.img\./)
  })
})

describe('two clusters of one name', () => {
  testWithImages('never share a folder of results', async () => {
    const folder = temporaryFolder()
    const base = smallImage('raspios', folder)
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'cluster.yaml'), CLUSTER)
      // Each has its secrets before it meets the other one.
      const words = ['render', '--cluster', `${name}/cluster.yaml`, '--out', `${name}/out`]
      expect((await bantam(folder, words)).status).toBe(0)
    }
    const first = await build(folder, '--cluster', 'a/cluster.yaml', '--node', 'worker-1', '--base', base)
    expect(first.status, first.stderr).toBe(0)
    const before = snapshot(folder)
    for (const words of [
      ['build-image', '--format', 'img', '--base', base],
      ['render'],
      ['kubeconfig'],
      ['secrets', 'rotate', 'admin-key'],
    ]) {
      const { status, stdout } = await bantam(folder, [...words, '--cluster', 'b/cluster.yaml', '--json'])
      expect([status, errorOf(stdout).code]).toEqual([2, 'OUTPUT_OTHER_CLUSTER'])
      expect(snapshot(folder)).toEqual(before)
    }
    const other = await build(folder, '--cluster', 'b/cluster.yaml', '--out', 'b/out', '--base', base)
    expect(other.status, other.stderr).toBe(0)
  })

  testWithImages('not even if the other one takes the folder while a build waits for it', async () => {
    const folder = await rendered()
    const [mark, lock] = ['.root-ca.sha256', '.lock'].map((name) => join(folder, 'out/home', name))
    mkdirSync(join(folder, 'out/home'))
    writeFileSync(lock ?? '', 'another build')
    const parameters = ['build-image', '--format', 'img', '--base', smallImage('raspios', folder), '--json']
    const { status, stdout } = await bantam(
      folder,
      parameters,
      {},
      {
        onStderr: (text) => {
          if (!text.includes('waiting for')) return
          writeFileSync(mark ?? '', 'b'.repeat(64))
          rmSync(lock ?? '', { force: true })
        },
      },
    )
    expect([status, errorOf(stdout).code]).toEqual([2, 'OUTPUT_OTHER_CLUSTER'])
    expect(readdirSync(join(folder, 'out/home')).filter((name) => name.includes('img'))).toEqual([])
  })

  test('a cluster that is made again gets new folders, and the keys of the old one stay', async () => {
    const folder = await rendered()
    expect((await bantam(folder, ['kubeconfig'])).status).toBe(0)
    const kept = readFileSync(join(folder, 'out/home.access/kubeconfig'))
    rmSync(join(folder, 'home.secrets.yaml'))
    const refused = await bantam(folder, ['render', '--json'])
    expect(errorOf(refused.stdout).code).toBe('SECRETS_LOST')
    expect(errorOf(refused.stdout).hint).toContain('move out/<cluster>/ and out/<cluster>.access/ away')
    renameSync(join(folder, 'out/home.access'), join(folder, 'old.access'))
    expect((await bantam(folder, ['render'])).status).toBe(0)
    expect(readFileSync(join(folder, 'old.access/kubeconfig')).equals(kept)).toBe(true)
  })
})

describe('files that an earlier version wrote among the images', () => {
  testWithImages('are moved by a build, with a warning, and keep their bytes', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    expect((await build(folder, '--node', 'worker-1', '--base', base)).status).toBe(0)
    toEarlierLayout(folder)
    writeFileSync(join(folder, 'out/home/id_ed25519.previous'), 'the only key that runs')
    const kubeconfig = readFileSync(join(folder, 'out/home/kubeconfig'), 'utf8')
    const built = await build(folder, '--node', 'worker-1', '--base', base)
    expect(built.status, built.stderr).toBe(0)
    expect(built.stderr).toMatch(/warning ACCESS_FILES_MOVED.*id_ed25519, id_ed25519\.previous.*kubeconfig/)
    expect(readdirSync(join(folder, 'out/home')).sort()).toEqual([
      '.gitignore',
      '.root-ca.sha256',
      'SHA256SUMS',
      'worker-1.img',
    ])
    const moved = (name: string): string => readFileSync(join(folder, 'out/home.access', name), 'utf8')
    expect(moved('id_ed25519.previous')).toBe('the only key that runs')
    expect(moved('kubeconfig')).toBe(kubeconfig)
    expect((await build(folder, '--node', 'worker-1', '--base', base)).stderr).not.toContain('ACCESS_FILES_MOVED')
  })

  test.each([['kubeconfig'], ['secrets', 'rotate', 'admin-key'], ['render']])(
    'are moved by %s, too',
    async (...words) => {
      const folder = await rendered()
      expect((await bantam(folder, ['kubeconfig'])).status).toBe(0)
      toEarlierLayout(folder)
      const { status, stdout, stderr } = await bantam(folder, [...words, '--json'])
      expect(status, stdout + stderr).toBe(0)
      const { warnings } = JSON.parse(stdout) as { warnings: { code: string }[] }
      expect(warnings.map(({ code }) => code)).toEqual(['ACCESS_FILES_MOVED'])
      expect(readdirSync(join(folder, 'out/home')).sort()).toEqual(['.gitignore', '.root-ca.sha256'])
    },
  )

  test('of another cluster are not touched: its kubeconfig tells which one it is', async () => {
    const folder = await rendered()
    expect((await bantam(folder, ['kubeconfig'])).status).toBe(0)
    toEarlierLayout(folder)
    rmSync(join(folder, 'home.secrets.yaml'))
    expect((await bantam(folder, ['render', '--out', 'elsewhere'])).status).toBe(0)
    const before = snapshot(join(folder, 'out'))
    const { stdout } = await bantam(folder, ['kubeconfig', '--json'])
    expect(errorOf(stdout).code).toBe('OUTPUT_OTHER_CLUSTER')
    expect(snapshot(join(folder, 'out'))).toEqual(before)
  })
})

testWithImages.skipIf(!hasProgram('git'))('a clone of this project stays clean after a build', async () => {
  const origin = temporaryFolder()
  const git = (cwd: string, ...words: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...words], {
      cwd,
      encoding: 'utf8',
    })
  git(origin, 'init', '-q')
  for (const name of ['.gitignore', 'cluster.yaml', 'README.md'])
    copyFileSync(join(projectFolder, name), join(origin, name))
  git(origin, 'add', '.')
  git(origin, 'commit', '-q', '-m', 'all')
  const clone = join(temporaryFolder(), 'bantam')
  git(origin, 'clone', '-q', origin, clone)
  const base = smallImage('raspios', temporaryFolder())
  const env = { BANTAM_CACHE: join(dirname(base), 'cache') }
  for (const words of [
    ['plan'],
    ['build-image', '--base', base, '--node', 'worker-1'],
    ['build-image', '--no-secrets', '--base', base, '--node', 'server-1'],
    ['kubeconfig'],
  ]) {
    const { status, stderr } = await bantam(clone, words, env)
    expect(status, stderr).toBe(0)
    expect(git(clone, 'status', '--porcelain')).toBe('')
  }
  // An encrypted secrets file may be committed, and is not hidden.
  const key = { ...env, BANTAM_AGE_KEY: await generateX25519Identity() }
  expect((await bantam(clone, ['secrets', 'encrypt'], key)).status).toBe(0)
  expect(git(clone, 'status', '--porcelain')).toBe(' M .gitignore\n?? home.secrets.yaml\n')
  expect((await bantam(clone, ['secrets', 'decrypt'], key)).status).toBe(0)
  expect(git(clone, 'status', '--porcelain')).toBe(' M .gitignore\n')
  // What a killed build leaves.
  for (const name of ['home.secrets.yaml.lock', 'home.secrets.yaml.6f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d.partial'])
    writeFileSync(join(clone, name), '')
  expect(git(clone, 'status', '--porcelain')).toBe(' M .gitignore\n')
})

testWithImages.skipIf(process.platform === 'win32')('under umask 000, others write nowhere', () => {
  const folder = project()
  const base = smallImage('raspios', folder)
  run('xz', ['-0', '-k', '--block-size=4MiB', '-T2', base])
  const words = `umask 000 && exec "${process.execPath}" "${cliPath}" build-image --base raspios.img.xz --node worker-1 --image-hash`
  const { status, stderr } = spawnSync('sh', ['-c', words], {
    cwd: folder,
    env: { ...process.env, HOME: folder, BANTAM_CACHE: join(folder, 'cache') },
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
  const made = ['.gitignore', 'home.secrets.yaml', 'out', 'cache'].flatMap((name) => reachable(join(folder, name)))
  expect(made.filter((path) => (statSync(path).mode & 0o022) !== 0).map((path) => relative(folder, path))).toEqual([])
  for (const path of ['out/home.access', 'cache/blocks', 'cache/partial', 'cache/locks'])
    expect(statSync(join(folder, path)).mode & 0o777, path).toBe(0o700)
})

/** Every file and folder that others can reach. */
function reachable(path: string): readonly string[] {
  const stats = statSync(path)
  if (!stats.isDirectory() || (stats.mode & 0o077) === 0) return [path]
  return [path, ...readdirSync(path).flatMap((name) => reachable(join(path, name)))]
}

/** Puts files where earlier versions had them, which left no marks. */
function toEarlierLayout(folder: string): void {
  const [images, access] = [join(folder, 'out/home'), join(folder, 'out/home.access')]
  mkdirSync(images, { recursive: true })
  for (const name of readdirSync(access)) renameSync(join(access, name), join(images, name))
  rmSync(access, { recursive: true })
  for (const name of ['.root-ca.sha256', 'ssh']) rmSync(join(images, name), { force: true })
}

/** Paths and bytes of all files, but for the cache. */
function snapshot(folder: string): ReadonlyMap<string, string> {
  return new Map(
    listFiles(folder)
      .filter((path) => !path.startsWith(join(folder, 'cache')))
      .map((path) => [path, readFileSync(path, 'latin1')]),
  )
}
