// @module-tag slow
/** `.img.xz` results: what the readers of the world make of them, and that they hold what a raw build holds. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { bantam, bantamProcess, type CliRun } from '../support/run-cli.ts'
import { canMount, mountSmallDisk } from '../support/small-disk.ts'
import { makeSmallImage, temporaryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

const test = testWith('xz', 'bsdcat', 'pixz', 'python3', 'mkfs.fat', 'mke2fs')

const CLUSTER = `name: home
nodes:
  - {name: server-1, profile: server}
  - {name: worker-1, profile: worker}
`

interface BuiltArtifact {
  readonly path: string
  readonly format: string
  readonly sha256: string
  readonly byteLength: number
  readonly imageByteLength: number
  readonly imageSha256?: string
}

function project(): { readonly folder: string; readonly build: (...parameters: string[]) => Promise<CliRun> } {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'cluster.yaml'), CLUSTER)
  makeSmallImage('raspios', join(folder, 'base.img'))
  return { folder, build: async (...parameters) => await bantam(folder, ['build-image', '--json', ...parameters]) }
}

function artifactsOf({ status, stdout, stderr }: CliRun): readonly BuiltArtifact[] {
  expect(status, stdout + stderr).toBe(0)
  return (JSON.parse(stdout) as { artifacts: BuiltArtifact[] }).artifacts
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What five readers make of a file, each as SHA-256; null where one refuses it. */
function readings(path: string, folder: string): readonly (string | null)[] {
  const out = join(folder, 'reading')
  const commands = [
    `xz -dc '${path}'`,
    `bsdcat '${path}'`,
    `pixz -d -i '${path}' -o /dev/stdout`,
    `python3 -c 'import lzma, sys, shutil; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' '${path}'`,
    `node -e 'const { XzReadableStream } = require("xz-decompress"); const { Readable } = require("stream"); Readable.fromWeb(new XzReadableStream(Readable.toWeb(require("fs").createReadStream(process.argv[1])))).pipe(process.stdout)' '${path}'`,
  ]
  return commands.map((command) => {
    const { status } = run('bash', ['-c', `set -o pipefail; ${command} > '${out}'`])
    return status === 0 ? sha256(readFileSync(out)) : null
  })
}

test.each([
  ['many blocks', ['-T2', '--block-size=4MiB', '-1']],
  ['blocks that end in the middle of a page', ['-T2', '--block-size=3000001', '-1', '--check=crc32']],
  ['blocks with SHA-256', ['-T2', '--block-size=16MiB', '-1', '--check=sha256']],
  ['one block', ['-T1', '-1']],
  ['one block with SHA-256', ['-T1', '-1', '--check=sha256']],
])('an .xz base with %s gives images that five readers accept and that equal the raw build', async (_name, options) => {
  const { folder, build } = project()
  const raw = artifactsOf(await build('--base', 'base.img', '--format', 'img'))
  run('xz', ['-k', ...options, join(folder, 'base.img')])
  const before = sha256(readFileSync(join(folder, 'base.img.xz')))
  const packed = artifactsOf(await build('--base', 'base.img.xz', '--image-hash', '--verify'))
  expect(packed.map(({ format }) => format)).toEqual(['img.xz', 'img.xz'])
  for (const [index, artifact] of packed.entries()) {
    const expected = raw[index]?.sha256 ?? ''
    // All five once; the others differ in a few blocks.
    if (index === 0) expect(readings(artifact.path, folder)).toEqual(Array(5).fill(expected))
    expect(run('xz', ['-t', artifact.path]).status).toBe(0)
    expect(run('xz', ['--robot', '--list', artifact.path]).output).toMatch(/^file\t1\t/m)
    expect(artifact).toMatchObject({
      imageSha256: expected,
      sha256: sha256(readFileSync(artifact.path)),
      byteLength: statSync(artifact.path).size,
      imageByteLength: raw[index]?.imageByteLength,
    })
  }
  expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: join(folder, 'out/home') }).status).toBe(0)
  expect(sha256(readFileSync(join(folder, 'base.img.xz')))).toBe(before)
  expect(readdirSync(join(folder, 'out/home')).filter((name) => name.includes('partial'))).toEqual([])
})

test('the same bytes whatever --jobs, a warm cache or a cold one; and --format img from the .xz', async () => {
  const { folder, build } = project()
  run('xz', ['-k', '-T2', '--block-size=4MiB', '-1', join(folder, 'base.img')])
  const first = artifactsOf(await build('--base', 'base.img.xz')).map((one) => one.sha256)
  expect(artifactsOf(await build('--base', 'base.img.xz', '--jobs', '1')).map((one) => one.sha256)).toEqual(first)
  rmSync(join(folder, 'cache'), { recursive: true })
  // One node alone touches less of the base than all of them: its image must not show it.
  expect(artifactsOf(await build('--base', 'base.img.xz', '--node', 'worker-1')).map((one) => one.sha256)).toEqual(
    first.slice(1),
  )
  const fromRaw = artifactsOf(await build('--base', 'base.img', '--format', 'img')).map((one) => one.sha256)
  expect(artifactsOf(await build('--base', 'base.img.xz', '--format', 'img')).map((one) => one.sha256)).toEqual(fromRaw)
})

test('without xz in the PATH, bantam packs a raw base image itself, with the same contents', async () => {
  const { folder } = project()
  const raw = artifactsOf(
    await bantam(folder, ['build-image', '--json', '--node', 'worker-1', '--base', 'base.img', '--format', 'img']),
  )
  const parameters = ['build-image', '--json', '--node', 'worker-1', '--base', 'base.img']
  const packed = artifactsOf(await bantamProcess(folder, parameters, { PATH: folder }))
  expect(readings(packed[0]?.path ?? '', folder)).toEqual(Array(5).fill(raw[0]?.sha256))
  // With xz, its variables change nothing.
  const usual = artifactsOf(await bantam(folder, [...parameters, '--cache', 'a']))
  expect(
    artifactsOf(
      await bantamProcess(folder, [...parameters, '--cache', 'b'], { XZ_OPT: '-0 --check=crc32', XZ_DEFAULTS: '-T1' }),
    )[0]?.sha256,
  ).toBe(usual[0]?.sha256)
})

test('a damaged block that no node touches is found before anything is built, and stays out of the results', async () => {
  const { folder, build } = project()
  const xz = join(folder, 'base.img.xz')
  run('xz', ['-k', '-T2', '--block-size=4MiB', '-1', join(folder, 'base.img')])
  const bytes = readFileSync(xz)
  bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 40)
  writeFileSync(xz, bytes)
  const { status, stdout } = await build('--base', 'base.img.xz')
  expect([status, stdout]).toEqual([2, expect.stringContaining('XZ_CORRUPT')])
  expect(existsSync(join(folder, 'out/home/server-1.img.xz'))).toBe(false)
})

// The first gets full where the file systems are mounted, the second where blocks are packed again.
test.skipIf(!canMount()).each(['64k', '300k'])(
  'a cache on a disk of %s gets full, and the failure names the cache',
  async (size) => {
    const { folder, build } = project()
    run('xz', ['-k', '-T2', '--block-size=4MiB', '-1', join(folder, 'base.img')])
    const cache = join(folder, 'small')
    mountSmallDisk(cache, size)
    const { status, stdout } = await build('--base', 'base.img.xz', '--cache', cache)
    expect([status, stdout]).toEqual([1, expect.stringMatching(/"code": "CACHE_DISK_FULL"[^}]*small\/blocks\//)])
  },
)
