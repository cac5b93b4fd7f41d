// @module-tag slow
/** Random edits on random .xz files: what the result unpacks to is the source unpacked and edited. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeXzImage } from '../../src/artifact/write-xz-image.ts'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import { OverlayDevice } from '../../src/disk/overlay-device.ts'
import { readFileState } from '../../src/host/file-state.ts'
import type { PinnedFile } from '../../src/host/pinned-file.ts'
import type { PatchedImage } from '../../src/model/patched-image.ts'
import type { XzSource } from '../../src/xz-cache/xz-source.ts'
import { withBlockWorkers } from '../../src/xz/threads/block-workers.ts'
import { expectRejection } from '../support/expect-code.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { noise } from '../support/sample-image.ts'
import { canMount, mountSmallDisk } from '../support/small-disk.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'
import { withXzFile, writeOptions } from '../support/write-options.ts'
import { unxz, xz } from '../support/xz.ts'

const test = testWith('xz')
const KIB = 1024

interface Case {
  readonly name: string
  readonly byteLength: number
  /** One .xz stream for each list of options; they follow each other. */
  readonly streams: readonly (readonly string[])[]
  /** Zeros after each stream, by fours. */
  readonly paddingBytes: number
}

const cases: readonly Case[] = [
  {
    name: 'blocks of 4 KiB',
    byteLength: 700 * KIB + 13,
    streams: [['-0', '-T2', '--block-size=4KiB']],
    paddingBytes: 0,
  },
  {
    name: 'blocks of 24 MiB',
    byteLength: 27_000 * KIB,
    streams: [['-1', '-T2', '--block-size=24MiB']],
    paddingBytes: 0,
  },
  {
    name: 'blocks that end anywhere, and padding',
    byteLength: 5_000 * KIB + 1,
    streams: [['-6', '-T2', '--block-size=100001']],
    paddingBytes: 8,
  },
  {
    name: 'streams of different levels',
    byteLength: 6_000 * KIB + 777,
    streams: [
      ['-9', '-T1'],
      ['-3', '-T2', '--block-size=1MiB'],
      ['-0', '-T1'],
    ],
    paddingBytes: 4,
  },
  { name: 'CRC32', byteLength: 3_000 * KIB, streams: [['-2', '-T2', '--block-size=1MiB', '-Ccrc32']], paddingBytes: 0 },
  {
    name: 'no check',
    byteLength: 3_000 * KIB,
    streams: [['-2', '-T2', '--block-size=1MiB', '-Cnone']],
    paddingBytes: 0,
  },
]

/** Half of it zeros in runs, as disk images are; the rest in part repetitive. */
function sampleData(byteLength: number, random: (below: number) => number): Buffer {
  const data = Buffer.alloc(byteLength)
  for (let at = 0; at < byteLength;) {
    const length = Math.min(byteLength - at, 1 + random(60 * KIB))
    const kind = random(4)
    const seed = createHash('sha256')
      .update(String(random(1 << 30)))
      .digest()
    if (kind === 2) for (let index = 0; index < length; index += 1) data[at + index] = seed[index % 7] ?? 0
    if (kind === 3) for (let index = 0; index < length; index += 1) data[at + index] = random(256)
    at += length
  }
  return data
}

function packed({ streams, paddingBytes }: Case, data: Buffer): Buffer {
  const share = Math.ceil(data.length / streams.length)
  return Buffer.concat(
    streams.flatMap((options, index) => [
      xz(data.subarray(index * share, (index + 1) * share), ...options),
      Buffer.alloc(paddingBytes),
    ]),
  )
}

test.each(cases)(
  '$name: random edits',
  async (one) => {
    const random = randomNumbers(one.name.length * 7919)
    const folder = temporaryFolder()
    const data = sampleData(one.byteLength, random)
    const source = join(folder, 'base.img.xz')
    writeFileSync(source, packed(one, data))
    const before = readFileSync(source)
    await withBlockWorkers(2, (workers) =>
      withXzFile(source, join(folder, 'blocks'), workers, async (base, file) => {
        for (const editCount of [0, 1, 15]) {
          const overlay = new OverlayDevice(base.device)
          const expected = Buffer.from(data)
          for (let edit = 0; edit < editCount; edit += 1) {
            const at = random(data.length)
            const bytes = Buffer.alloc(Math.min(data.length - at, 1 + random(9000)), random(256))
            overlay.write(at, bytes)
            bytes.copy(expected, at)
          }
          const image = {
            nodeName: `n${editCount}`,
            base: { file, device: base.device, xz: base },
            device: overlay,
            changedPages: overlay.changedPages(),
          } as unknown as PatchedImage
          const outFolder = join(folder, 'out')
          mkdirSync(outFolder, { recursive: true })
          const artifact = await writeXzImage(image, base, writeOptions(outFolder, { verify: 'every-byte' }))
          expect(unxz(readFileSync(artifact.path)).equals(expected)).toBe(true)
          expect(artifact.byteLength).toBe(statSync(artifact.path).size)
          // It may hold secrets, whatever the umask.
          expect(statSync(artifact.path).mode & 0o777).toBe(0o600)
          expect(artifact.sha256).toBe(createHash('sha256').update(readFileSync(artifact.path)).digest('hex'))
          expect(artifact.imageByteLength).toBe(data.length)
          // One stream, one index.
          expect(run('xz', ['--robot', '--list', artifact.path]).output).toMatch(/^file\t1\t/m)
        }
      }),
    )
    expect(readFileSync(source).equals(before)).toBe(true)
  },
  60_000,
)

test('a result with wrong content never gets its name', async () => {
  const folder = temporaryFolder()
  const data = sampleData(3_000 * KIB, randomNumbers(5))
  const source = join(folder, 'base.img.xz')
  writeFileSync(source, xz(data, '-1', '-T2', '--block-size=1MiB'))
  await withBlockWorkers(1, (workers) =>
    withXzFile(source, join(folder, 'blocks'), workers, async (base, file) => {
      const overlay = new OverlayDevice(base.device)
      overlay.write(5000, Buffer.from('edited'))
      const changedPages = overlay.changedPages()
      // Between planning and reading back, the image is another one.
      let reads = 0
      const device = {
        byteLength: data.length,
        read: (byteOffset: number, into: Uint8Array) => {
          ;(reads++ === 0 ? overlay : new MemoryDevice(data)).read(byteOffset, into)
        },
      }
      const image = {
        nodeName: 'n',
        base: { file, device: base.device, xz: base },
        device,
        changedPages,
      } as unknown as PatchedImage
      await expectRejection('IMAGE_READ_BACK_MISMATCH', writeXzImage(image, base, writeOptions(join(folder, 'out'))))
    }),
  )
  expect(statSync(join(folder, 'out/n.img.xz'), { throwIfNoEntry: false })).toBe(undefined)
})

/** An image with one edit in its first block. */
function editedImage(base: XzSource, file: PinnedFile): PatchedImage {
  const overlay = new OverlayDevice(base.device)
  overlay.write(5000, Buffer.from('edited'))
  // The writer looks at these fields only.
  return {
    nodeName: 'n',
    base: { file, device: base.device, xz: base },
    device: overlay,
    changedPages: overlay.changedPages(),
  } as unknown as PatchedImage
}

test('damaged files of the cache and a replaced source do not change the result', async () => {
  const folder = temporaryFolder()
  const data = sampleData(3_000 * KIB, randomNumbers(9))
  const source = join(folder, 'base.img.xz')
  writeFileSync(source, xz(data, '-1', '-T2', '--block-size=1MiB'))
  const expected = Buffer.from(data)
  expected.write('edited', 5000)
  const state = readFileState(source)
  const build = (): Promise<string> =>
    withBlockWorkers(1, (workers) =>
      withXzFile(
        source,
        join(folder, 'blocks'),
        workers,
        async (base, file) => {
          const image = editedImage(base, file)
          const { path } = await writeXzImage(image, base, writeOptions(join(folder, 'out')))
          return path
        },
        state,
      ),
    )
  const first = readFileSync(await build())
  const kept = readdirSync(join(folder, 'blocks'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.sha256'),
  )
  expect(kept.map(({ name }) => name).sort()).toEqual(['0.0.pieces.xz', '0.parts.xz', '0.raw'])
  // As a power cut leaves them: of the right length, and zeros.
  for (const { parentPath, name } of kept)
    writeFileSync(join(parentPath, name), Buffer.alloc(statSync(join(parentPath, name)).size))
  expect(readFileSync(await build()).equals(first)).toBe(true)
  expect(unxz(first).equals(expected)).toBe(true)
  writeFileSync(source, xz(Buffer.from(data).reverse(), '-1', '-T2', '--block-size=1MiB'))
  await expectRejection('FILE_CHANGED', build())
})

/** Writes one edited image over blocks of noise; `meanwhile` runs once the edited block is unpacked. */
async function buildOverNoise(folder: string, cache: string, meanwhile: (blocksFolder: string) => void): Promise<void> {
  const source = join(folder, 'base.img.xz')
  writeFileSync(source, xz(noise(3_000 * KIB, 3), '-0', '-T2', '--block-size=1MiB'))
  const blocksFolder = join(cache, 'blocks')
  await withBlockWorkers(1, (workers) =>
    withXzFile(source, blocksFolder, workers, async (base, file) => {
      const image = editedImage(base, file)
      meanwhile(blocksFolder)
      await writeXzImage(image, base, writeOptions(join(folder, 'out')))
    }),
  )
}

test('an error of the cache while blocks are packed again names the cache, not the output', async () => {
  const folder = temporaryFolder()
  const error = await expectRejection(
    'CACHE_UNWRITABLE',
    buildOverNoise(folder, folder, (blocksFolder) => {
      rmSync(blocksFolder, { recursive: true })
      writeFileSync(blocksFolder, 'a file')
    }),
  )
  expect(error.message).toContain(join(folder, 'blocks'))
  expect(error.hint).toContain('--cache')
})

test('an error names the base that was removed during the build', async () => {
  const folder = temporaryFolder()
  const error = await expectRejection(
    'FILE_CHANGED',
    buildOverNoise(folder, folder, () => {
      rmSync(join(folder, 'base.img.xz'))
    }),
  )
  expect(error.message).toContain(join(folder, 'base.img.xz'))
})

test.skipIf(!canMount()).each([
  ['unpacked', '700k'],
  ['packed anew', '1500k'],
])('a disk that holds the cache and gets full while blocks are %s is named as such', async (_name, size) => {
  const folder = temporaryFolder()
  const cache = join(folder, 'cache')
  mountSmallDisk(cache, size)
  const error = await expectRejection(
    'CACHE_DISK_FULL',
    buildOverNoise(folder, cache, () => undefined),
  )
  expect(error.message).toContain(cache)
  const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files.filter(({ name }) => name.includes('partial'))).toEqual([])
})
