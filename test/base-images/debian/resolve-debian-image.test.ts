// @module-tag slow
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { assembleImage, planArguments } from '../../../src/base-images/debian/assemble-image.ts'
import { trackAssembly } from '../../../src/base-images/debian/assembly-progress.ts'
import { deriveImageIds } from '../../../src/base-images/debian/image-ids.ts'
import { loadRecipe, parsePackageList } from '../../../src/base-images/debian/load-recipe.ts'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import { planCacheContext } from '../../../src/cache/cache-context.ts'
import type { BaseImage } from '../../../src/model/base-image.ts'
import { writeCachedImage } from '../../support/cached-image.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const recipeFolder = fileURLToPath(new URL('../../../debian-13', import.meta.url))
const testWithTools = testWith(
  'apt-get',
  'mmdebstrap',
  'mcopy',
  'mkfs.fat',
  'mke2fs',
  'sfdisk',
  'depmod',
  'qemu-aarch64-static',
)
const { signal } = new AbortController()

function setVariable(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  onTestFinished(() => {
    process.env[name] = before
  })
}

/** Has apt believe that this machine knows these sources only. */
function useSources(folder: string, sources: string): void {
  writeFileSync(join(folder, 'sources.list'), sources)
  writeFileSync(
    join(folder, 'apt.conf'),
    `Dir::Etc::sourcelist "${join(folder, 'sources.list')}";\nDir::Etc::sourceparts "/dev/null";\nAcquire::Retries "0";\n`,
  )
  setVariable('APT_CONFIG', join(folder, 'apt.conf'))
}

function obtain(folder: string, references: readonly string[], mirror: string | null): Promise<BaseImage> {
  return obtainBaseImage(references, {
    cacheFolder: join(folder, 'cache'),
    workerCount: 2,
    baseFolder: folder,
    format: 'raw',
    debian: { recipeFolder, mirror },
    now: new Date(0),
    signal,
    progress: () => undefined,
  })
}

testWithTools('a machine whose apt knows no Debian is told to name a mirror', async () => {
  const folder = temporaryFolder()
  useSources(folder, 'deb http://127.0.0.1:1/ubuntu noble main\n')
  await expectRejection('DEBIAN_MIRROR_UNKNOWN', obtain(folder, ['debian-13'], null))
})

testWithTools("a mirror out of reach is skipped, as a publisher's server is", async () => {
  const folder = temporaryFolder()
  useSources(folder, 'deb http://127.0.0.1:1/debian bookworm main\n')
  const error = await expectRejection('DEBIAN_MIRROR_FAILED', obtain(folder, ['debian-13'], null))
  expect(error.message).toMatch(/^The Debian mirror http:\/\/127\.0\.0\.1:1\/debian\/ .*127\.0\.0\.1/)
  await expectRejection('BASE_NONE_AVAILABLE', obtain(folder, ['debian-13', 'gone.img'], null))
})

testWithTools('without its mirror, the image that was assembled last is used with a warning', async () => {
  const folder = temporaryFolder()
  useSources(folder, '')
  const sha256 = 'a'.repeat(64)
  const path = writeCachedImage(join(folder, 'cache'), sha256, 'image')
  mkdirSync(join(folder, 'cache/index'))
  writeFileSync(
    join(folder, 'cache/index/debian-13.json'),
    JSON.stringify({
      url: 'http://127.0.0.1:1/debian/',
      sha256,
      verified: false,
      obtainedAt: '2026-11-20T10:00:00Z',
      etag: null,
      lastModified: null,
    }),
  )
  const found = await obtain(folder, ['debian-13'], 'http://127.0.0.1:1/debian')
  expect(found.path).toBe(path)
  expect(found.warnings).toMatchObject([{ code: 'BASE_CACHED_IMAGE_USED' }])
})

testWithTools('lists that nobody signed end the build', async () => {
  const folder = temporaryFolder()
  useSources(folder, '')
  for (const suite of ['trixie', 'trixie-updates']) {
    mkdirSync(join(folder, 'debian/dists', suite), { recursive: true })
    writeFileSync(
      join(folder, 'debian/dists', suite, 'Release'),
      `Origin: Debian\nSuite: ${suite}\nCodename: ${suite}\nDate: Sat, 21 Nov 2026 10:00:00 UTC\nArchitectures: arm64\nComponents: main non-free-firmware\n`,
    )
  }
  chmodSync(folder, 0o755)
  const error = await expectRejection(
    'DEBIAN_KEYS_MISSING',
    obtain(folder, ['debian-13', 'gone.img'], `file://${folder}/debian`),
  )
  expect(error.hint).toContain('debian-archive-keyring')
})

test('a build that was given no recipe skips it', async () => {
  const folder = temporaryFolder()
  await expectRejection(
    'BASE_ID_UNAVAILABLE',
    obtainBaseImage(['debian-13'], {
      cacheFolder: join(folder, 'cache'),
      workerCount: 2,
      baseFolder: folder,
      format: 'raw',
      now: new Date(0),
      signal,
      progress: () => undefined,
    }),
  )
})

const assembly = {
  suite: 'trixie',
  recipe: { folder: "/it's here", packages: [], sha256: '' },
  packages: [],
  apt: { path: '/c', lists: '/c/lists', archives: '/c/archives', configuration: '/c/apt.conf' },
  sourcesList: ['deb [arch=arm64] http://a.example/debian/ trixie main'],
  debianSources: '',
  ids: deriveImageIds('0123456789abcdef'.repeat(4)),
  privilege: 'root',
  sourceDateEpoch: 1_790_000_000,
} as const

test('a failed assembly shows the last lines of output, and leaves no files', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'setpriv'), '#!/bin/sh\necho "E: no room"\nexit 1\n')
  chmodSync(join(folder, 'setpriv'), 0o755)
  setVariable('PATH', `${folder}:${process.env.PATH ?? ''}`)
  const context = planCacheContext({ cacheFolder: folder, workerCount: 1, progress: () => undefined, signal })
  const { message } = await expectRejection(
    'DEBIAN_ASSEMBLY_FAILED',
    assembleImage(assembly, join(folder, 'base.img'), folder, context),
  )
  expect(message).toContain('| E: no room')
  expect(execFileSync('ls', [folder], { encoding: 'utf8' })).toBe('base.img\nsetpriv\n')
})

test("paths reach mmdebstrap's hooks unchanged", () => {
  expect(planArguments(assembly)).toContain("--setup-hook=sync-in '/it'\\''s here' /recipe")
})

test('ids come from the packages, and never have a special meaning', () => {
  const ids = deriveImageIds('0'.repeat(64))
  expect(ids).toEqual({ disk: '50000000', boot: '50000000', root: '00000000-0000-8000-8000-000000000000' })
  expect(deriveImageIds('f'.repeat(64)).root).toBe('ffffffff-ffff-8fff-8fff-ffffffffffff')
  expect(assembly.ids.root).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

test('the recipe names packages, and changes with each of its files', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'root'))
  writeFileSync(join(folder, 'packages.txt'), '# For people\ncloud-init # seeds\n\ncurl\n')
  writeFileSync(join(folder, 'root/file'), 'one')
  const before = await loadRecipe(folder)
  expect(before.packages).toEqual(['cloud-init', 'curl'])
  expect((await loadRecipe(folder)).sha256).toBe(before.sha256)
  writeFileSync(join(folder, 'root/file'), 'two')
  const changed = await loadRecipe(folder)
  expect(changed.sha256).not.toBe(before.sha256)
  chmodSync(join(folder, 'root/file'), 0o755)
  expect((await loadRecipe(folder)).sha256).not.toBe(changed.sha256)
})

test('the shipped recipe lists the packages that a node needs', async () => {
  const { packages } = await loadRecipe(recipeFolder)
  expect(packages).toEqual(
    expect.arrayContaining([
      'linux-image-arm64',
      'raspi-firmware',
      'cloud-init',
      'cloud-guest-utils',
      'openssh-server',
      'systemd-timesyncd',
      'iptables',
    ]),
  )
  expect(parsePackageList(packages.join('\n'))).toEqual(packages)
})

testWith('shellcheck')('its scripts are sound', () => {
  const scripts = [
    'assemble-root.sh',
    'root/etc/kernel/postinst.d/z50-raspi-firmware',
    'root/etc/initramfs-tools/hooks/raspberry-pi',
  ]
  for (const script of [
    ...scripts.map((one) => join(recipeFolder, one)),
    fileURLToPath(new URL('../../../scripts/setup.sh', import.meta.url)),
  ]) {
    const { status, output } = run('shellcheck', ['-s', 'sh', '-e', 'SC1091', script])
    expect(status, output).toBe(0)
  }
})

test('reports the progress of the assembly by the finished packages', () => {
  const seen: unknown[] = []
  const sized = (
    name: string,
    installedByteLength: number,
  ): { name: string; version: string; byteLength: number; installedByteLength: number; sha256: string } => ({
    name,
    version: '1',
    byteLength: 1,
    installedByteLength,
    sha256: '',
  })
  const track = trackAssembly(
    'Debian',
    [sized('bash', 300), sized('libc6', 700)],
    ({ subject, completedBytes, totalBytes }) => seen.push([subject, completedBytes, totalBytes]),
  )
  for (const line of [
    'I: noise',
    'step: unpack',
    'Unpacking libc6:arm64 (2.41-12) ...',
    'Unpacking bash (5.2) ...',
    'step: configure',
    'Setting up libc6:arm64 (2.41-12) ...',
    'step: initramfs',
    'step: end',
  ])
    track(line)
  expect(seen).toEqual([
    ['Debian, unpacking packages', 0, 1000],
    ['Debian, unpacking packages', 700, 1000],
    ['Debian, unpacking packages', 1000, 1000],
    ['Debian, configuring packages', 0, 1000],
    ['Debian, configuring packages', 700, 1000],
    ['Debian, making the initramfs', 0, null],
  ])
})
