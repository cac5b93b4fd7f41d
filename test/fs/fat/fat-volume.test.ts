// @module-tag slow
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, vi } from 'vitest'
import { equalBytes } from '../../../src/bytes/equal-bytes.ts'
import { withFileDevice, withWritableFileDevice } from '../../../src/disk/file-device.ts'
import { decodeFatBootSector } from '../../../src/fs/fat/boot-sector.ts'
import { withFatReader, withFatWriter } from '../../../src/fs/fat/fat-volume.ts'
import type { FileWriter } from '../../../src/fs/file-system.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mkfs.fat', 'fsck.fat', 'mcopy', 'mdir', 'mtype')
const ACCESS = { mode: 0, uid: 0, gid: 0 }
const CLOCK = new Date('2025-06-07T23:58:40Z')
/** A failure is made smaller for so long and then reported, before the test's own time is up. */
const SHRINK_LIMIT_MS = 40_000

function makeVolume(mib: number, ...options: readonly string[]): string {
  const path = join(temporaryFolder(), 'fat')
  writeFileSync(path, '')
  truncateSync(path, mib * 1024 * 1024)
  const verdict = run('mkfs.fat', ['--invariant', ...options, path])
  if (verdict.status !== 0) throw new Error(verdict.output)
  return path
}

function write(path: string, use: (volume: FileWriter) => Promise<void>, clock = CLOCK): Promise<void> {
  return withWritableFileDevice(path, (device) => withFatWriter(device, clock, use))
}

function expectClean(path: string): void {
  const verdict = run('fsck.fat', ['-n', path])
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
}

test.each([
  ['512-byte clusters, as Raspberry Pi OS 13 and Ubuntu have', 512, ['-F', '32', '-s', '1']],
  ['2 KiB clusters, as Raspberry Pi OS 12 has', 512, ['-F', '32', '-s', '4']],
  ['FAT16', 64, ['-F', '16']],
] as const)('writes, growth, shrinking and removal agree with a map: %s', async (_name, mib, options) => {
  const empty = makeVolume(mib, ...options)
  const path = `${empty}-edited`
  const name = fc.constantFrom(
    'user-data',
    'meta-data',
    'CONFIG.TXT',
    'cmdline.txt',
    'dir/a rather long name.txt',
    'dir/deep/ünïcode.yaml',
  )
  const byteLength = fc.oneof(fc.nat(200_000), { arbitrary: fc.nat(3000), weight: 2 })
  // Removed where `byteLength` is null, if it is there.
  const edit = fc.record({ name, byteLength: fc.option(byteLength), fill: fc.integer({ min: 0, max: 255 }) })
  const check = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 60, size: 'max' }), async (edits) => {
    copyFileSync(empty, path)
    const model = new Map<string, Uint8Array>()
    await write(path, async (volume) => {
      for (const { name, byteLength, fill } of edits) {
        if (byteLength === null) {
          if (model.delete(name)) await volume.removeFile(name)
          continue
        }
        const content = new Uint8Array(byteLength).fill(fill)
        await volume.writeFile(name, content, ACCESS)
        model.set(name, content)
      }
    })
    expectClean(path)
    await expectFiles(path, model)
  })
  await fc.assert(check, { numRuns: 3, interruptAfterTimeLimit: SHRINK_LIMIT_MS })
})

/** Both our reader and mtools find this content. */
async function expectFiles(path: string, model: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await withFileDevice(path, (device) =>
    withFatReader(device, async (volume) => {
      for (const [name, content] of model) {
        expect(equalBytes((await volume.readFile(name)) ?? new Uint8Array(1), content), name).toBe(true)
      }
    }),
  )
  const copy = `${path}-copy`
  for (const [name, content] of model) {
    const verdict = run('mcopy', ['-n', '-o', '-i', path, `::${name}`, copy], { env: { LC_ALL: 'C.UTF-8' } })
    expect(verdict, name).toMatchObject({ status: 0 })
    expect(equalBytes(readFileSync(copy), content), name).toBe(true)
  }
}

test('stamps files with the given clock in UTC in every time zone, so that two builds are equal', async () => {
  const original = makeVolume(64, '-F', '32')
  const writeIn = async (zone: string): Promise<string> => {
    const path = `${original}-${zone.replace('/', '-')}`
    copyFileSync(original, path)
    vi.stubEnv('TZ', zone)
    await write(path, async (volume) => {
      await volume.writeFile('user-data', new Uint8Array(10), ACCESS)
      await volume.writeFile('dir/new file', new Uint8Array(10), ACCESS)
    })
    return path
  }
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const first = await writeIn('Pacific/Kiritimati')
  const second = await writeIn('America/Los_Angeles')
  expect(equalBytes(readFileSync(first), readFileSync(second))).toBe(true)
  expect(run('mdir', ['-i', first, '::']).output).toMatch(/2025-06-07 {2}23:58 +user-data/)
})

test('keeps the directory entry and the case of an existing name', async () => {
  const path = makeVolume(64, '-F', '32')
  expect(run('mcopy', ['-i', path, '-', '::CMDLINE.TXT'], { input: 'old' }).status).toBe(0)
  await write(path, (volume) => volume.writeFile('cmdline.txt', new TextEncoder().encode('new and longer'), ACCESS))
  const listing = run('mdir', ['-i', path, '::']).output
  expect(listing.match(/cmdline/gi)).toHaveLength(1)
  expect(run('mtype', ['-i', path, '::CMDLINE.TXT']).output).toBe('new and longer')
  expectClean(path)
})

test('reports that a file does not fit, for content and for directory entries', async () => {
  const path = makeVolume(40, '-F', '32', '-s', '1')
  await expectRejection(
    'FAT_FULL',
    write(path, (volume) => volume.writeFile('big', new Uint8Array(41 * 1024 * 1024), ACCESS)),
  )

  const full = makeVolume(40, '-F', '32', '-s', '1')
  const free = Number(/([\d ]+) bytes free/.exec(run('mdir', ['-i', full, '::']).output)?.[1]?.replaceAll(' ', ''))
  expect(run('mcopy', ['-i', full, '-', '::ballast'], { input: Buffer.alloc(free, 1) }).status).toBe(0)
  await expectRejection(
    'FAT_FULL',
    write(full, async (volume) => {
      for (let index = 0; index < 100; index += 1)
        await volume.writeFile(`some long file name ${index}`, new Uint8Array(), ACCESS)
    }),
  )
})

test('refuses to overwrite a read-only file or a folder, and names it', async () => {
  const path = makeVolume(64, '-F', '32')
  expect(run('mcopy', ['-i', path, '-', '::config.txt'], { input: 'old' }).status).toBe(0)
  expect(run('mattrib', ['-i', path, '+r', '::config.txt']).status).toBe(0)
  expect(run('mmd', ['-i', path, '::user-data']).status).toBe(0)
  await expectRejection(
    'FAT_FILE_READ_ONLY',
    write(path, (volume) => volume.writeFile('config.txt', new Uint8Array(1), ACCESS)),
  )
  expect(run('mtype', ['-i', path, '::config.txt']).output).toBe('old')
  await expectRejection(
    'FAT_PATH_TAKEN',
    write(path, (volume) => volume.writeFile('user-data', new Uint8Array(1), ACCESS)),
  )
})

test('a reader changes nothing and cannot write', async () => {
  const path = makeVolume(64, '-F', '32')
  expect(run('mcopy', ['-i', path, '-', '::user-data'], { input: 'x' }).status).toBe(0)
  const before = readFileSync(path)
  await withFileDevice(path, (device) =>
    withFatReader(device, async (volume) => {
      expect(await volume.list('')).toEqual(['user-data'])
      expect(await volume.list('nowhere')).toEqual([])
      expect(await volume.readFile('nowhere/x')).toBeNull()
      expect(await volume.readLink('user-data')).toBeNull()
      // The writer's method is there in JavaScript; the disk under it refuses.
      await expectRejection('FAT_PATH_REFUSED', (volume as FileWriter).writeFile('y', new Uint8Array(1), ACCESS))
    }),
  )
  expect(equalBytes(before, readFileSync(path))).toBe(true)
})

test('refuses data that are no FAT volume, a cut-off volume and a broken chain', async () => {
  const noVolume = makeVolume(64, '-F', '32')
  truncateSync(noVolume, 300)
  await expectRejection(
    'FAT_INVALID',
    withFileDevice(noVolume, (device) => withFatReader(device, () => Promise.resolve())),
  )
  const cutOff = makeVolume(64, '-F', '32')
  truncateSync(cutOff, 60 * 1024 * 1024)
  await expectRejection(
    'FAT_INVALID',
    withFileDevice(cutOff, (device) => withFatReader(device, () => Promise.resolve())),
  )

  const broken = makeVolume(64, '-F', '32', '-s', '1')
  expect(run('mcopy', ['-i', broken, '-', '::user-data'], { input: Buffer.alloc(5000, 65) }).status).toBe(0)
  const fd = openSync(broken, 'r+')
  // The FAT starts after 32 reserved sectors; entry 3 is the file's first cluster, 1 is a value that no chain may hold.
  writeSync(fd, Uint8Array.from([1, 0, 0, 0]), 0, 4, 32 * 512 + 3 * 4)
  closeSync(fd)
  await expectRejection(
    'FAT_INVALID',
    withFileDevice(broken, (device) => withFatReader(device, (volume) => volume.readFile('user-data'))),
  )
})

test.each([
  ['sectors of 4 KiB', 64, ['-F', '32', '-S', '4096', '-s', '1'], 512, /4096 bytes, not 512/],
  ['FAT32 with few FAT clusters', 16, ['-F', '32', '-s', '1'], 512, /wrong number for FAT32/],
  // FatFs takes it for FAT12 and would damage it; the specification and Linux take it for FAT16.
  ['FAT16 with 4085 FAT clusters', 4, ['-F', '16', '-s', '1'], 4085, /4085 FAT clusters/],
] as const)('refuses %s with the reason, because FatFs cannot write it', async (_name, mib, options, count, reason) => {
  const path = makeVolume(mib, ...options)
  if (count === 4085) setClusterCount(path, count)
  const error = await expectRejection(
    'FAT_UNSUPPORTED',
    write(path, () => Promise.resolve()),
  )
  expect(error.message).toMatch(reason)
})

/** Makes a FAT16 volume shorter. */
function setClusterCount(path: string, clusterCount: number): void {
  const bytes = readFileSync(path)
  const { totalSectors = 0, clusterCount: before = 0 } = decodeFatBootSector(bytes.subarray(0, 512)) ?? {}
  bytes.writeUInt16LE(totalSectors - before + clusterCount, 19)
  writeFileSync(path, bytes)
  expectClean(path)
}

const FSINFO = 512
const FREE_COUNT = FSINFO + 488
const NEXT_FREE = FSINFO + 492

test.each([
  ['no FAT cluster is free', FREE_COUNT, 0],
  ['five FAT clusters are free', FREE_COUNT, 5],
  ['more are free than there are', FREE_COUNT, 0x00ff_ffff],
  ['the next free one is outside', NEXT_FREE, 0x0fff_0000],
  ['the next free one is not free', NEXT_FREE, 2],
])('takes FSInfo for a hint where it says that %s', async (_name, offset, value) => {
  const path = makeVolume(40, '-F', '32', '-s', '1')
  const bytes = readFileSync(path)
  bytes.writeUInt32LE(value, offset)
  writeFileSync(path, bytes)
  await write(path, (volume) => volume.writeFile('user-data', new Uint8Array(50_000), ACCESS))
  const verdict = run('fsck.fat', ['-n', path])
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  expect(verdict.output).not.toContain('Free cluster summary')
})

test('leaves FSInfo without a count where it had none', async () => {
  const path = makeVolume(40, '-F', '32', '-s', '1')
  const bytes = readFileSync(path)
  bytes.writeUInt32LE(0xffff_ffff, FREE_COUNT)
  writeFileSync(path, bytes)
  await write(path, (volume) => volume.writeFile('user-data', new Uint8Array(50_000), ACCESS))
  expect(readFileSync(path).readUInt32LE(FREE_COUNT)).toBe(0xffff_ffff)
})

test('says which directory is full, and how many entries it holds', async () => {
  const path = makeVolume(16, '-F', '16', '-a', '-r', '32')
  const error = await expectRejection(
    'FAT_DIRECTORY_FULL',
    write(path, async (volume) => {
      for (let index = 0; index < 40; index += 1) await volume.writeFile(`F${index}`, new Uint8Array(1), ACCESS)
    }),
  )
  expect(error.facts).toEqual({ path: 'F32', folder: '/', entryCount: 32 })
  await expectRejection(
    'FAT_DIRECTORY_FULL',
    write(path, async (volume) => {
      for (let index = 0; index < 32; index += 1) await volume.writeFile(`F${index}`, new Uint8Array(1), ACCESS)
      await volume.writeFile('folder/file', new Uint8Array(1), ACCESS)
    }),
  )
})
