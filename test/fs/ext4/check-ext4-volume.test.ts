// @module-tag slow
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { isBuildError } from '../../../src/errors.ts'
import { type CheckDepth, requireSoundExt4 } from '../../../src/fs/ext4/check-ext4-volume.ts'
import { crc32c, crc32cOfU32 } from '../../../src/fs/ext4/crc32c.ts'
import { decodeIndexNode } from '../../../src/fs/ext4/directory-index.ts'
import { expectCode } from '../../support/expect-code.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs')

/** Makes a volume with folders, links, a large directory, a file of many pieces, and one with attributes. */
function makeVolume(features: string, ...options: readonly string[]): Buffer {
  const folder = temporaryFolder()
  const root = join(folder, 'root')
  mkdirSync(join(root, 'etc/deep/deeper'), { recursive: true })
  mkdirSync(join(root, 'many'))
  writeFileSync(join(root, 'etc/hostname'), 'name\n')
  writeFileSync(join(root, 'large'), Buffer.alloc(900_000, 'data'))
  symlinkSync('etc/hostname', join(root, 'short-link'))
  symlinkSync('x'.repeat(200), join(root, 'long-link'))
  for (let index = 0; index < 120; index += 1) writeFileSync(join(root, `many/a-rather-long-name-${index}`), '')
  const path = join(folder, 'ext4')
  const made = run('mke2fs', ['-q', '-t', 'ext4', '-O', features, ...options, '-d', root, path, '8M'])
  expect(made, made.output).toMatchObject({ status: 0 })
  const source = join(folder, 'value')
  writeFileSync(source, 'v'.repeat(700))
  run('debugfs', ['-w', '-f', '-', path], {
    input: `ea_set -f ${source} /etc/hostname user.large\nea_set /large user.small x\n`,
  })
  // Gives the large directory an index.
  run('e2fsck', ['-fyD', path])
  return readFileSync(path)
}

function e2fsck(bytes: Uint8Array): { readonly status: number; readonly output: string } {
  const path = join(temporaryFolder(), 'judged')
  writeFileSync(path, bytes)
  return run('e2fsck', ['-fn', path])
}

function check(bytes: Uint8Array, depth: CheckDepth = 'everything'): void {
  requireSoundExt4(new MemoryDevice(bytes), depth)
}

const published = 'metadata_csum,^64bit,^huge_file,metadata_csum_seed,orphan_file'

test.each([
  ['Raspberry Pi OS 12', '^64bit,^huge_file,metadata_csum', ['-b', '4096']],
  ['Raspberry Pi OS 13', published, ['-b', '4096']],
  ['Ubuntu 26.04', '64bit,huge_file,metadata_csum,metadata_csum_seed,orphan_file', ['-b', '4096']],
  ['blocks of 1 KiB', 'metadata_csum', ['-b', '1024', '-g', '1024']],
  ['checksums of group descriptors only', '^metadata_csum,uninit_bg', ['-b', '1024', '-g', '2048']],
  ['no checksums, no extents', '^metadata_csum,^uninit_bg,^extent,^64bit', ['-b', '1024']],
  ['copies of the superblock in each group', '^sparse_super,^resize_inode', ['-b', '1024', '-g', '2048']],
  ['two copies of the superblock', 'sparse_super2,^resize_inode', ['-b', '1024', '-g', '2048']],
  ['no journal and short inodes', '^has_journal', ['-b', '1024', '-I', '128']],
  ['inline data', 'inline_data', ['-b', '1024']],
  ['attributes in inodes', 'ea_inode', ['-b', '1024']],
])('finds nothing in a sound volume: %s', (_name, features, options) => {
  const bytes = makeVolume(features, ...options)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  const before = Buffer.from(bytes)
  check(bytes)
  check(bytes, 'allocation')
  expect(bytes.equals(before)).toBe(true)
})

/** Changes a volume by requests of debugfs, which keeps checksums right. */
function withRequests(bytes: Buffer, ...requests: readonly string[]): Buffer {
  const path = join(temporaryFolder(), 'changed')
  writeFileSync(path, bytes)
  run('debugfs', ['-w', '-f', '-', path], { input: `${requests.join('\n')}\n` })
  return readFileSync(path)
}

test.each<[string, RegExp, CheckDepth, readonly string[]]>([
  ['a block that is in use, but marked as free', /is marked as free/, 'allocation', ['freeb 600 200']],
  ['a block in use that belongs to nothing', /belongs to nothing/, 'allocation', ['setb 7000']],
  ['an inode that is in use, but marked as free', /in use, but marked as free/, 'allocation', ['freei /etc/hostname']],
  ['an inode marked as in use, but free', /marked as in use, but free/, 'allocation', ['seti <1000>']],
  ['a wrong count of blocks', /blocks, but says/, 'allocation', ['sif /large blocks 4']],
  ['a size that is too small', /blocks of data, but a size of 10 bytes/, 'allocation', ['sif /large size 10']],
  ['a file of an unknown type', /unknown type/, 'allocation', ['sif /etc/hostname mode 0']],
  [
    'a block outside of the volume',
    /outside of the volume/,
    'allocation',
    ['sif /etc/hostname flags 0', 'sif /etc/hostname block[0] 99999999'],
  ],
  ['a block before the first', /has block 0, which is outside/, 'allocation', ['sif /etc/hostname block[5] 0']],
  [
    'a block of two files',
    /belongs to something else/,
    'allocation',
    ['sif /etc/hostname flags 0', 'sif /etc/hostname block[0] 1'],
  ],
  [
    'attributes that are none',
    /attributes in block/,
    'allocation',
    ['setb 7000', 'sif /short-link file_acl 7000', 'sif /short-link blocks 2'],
  ],
  [
    'a group with another count of free blocks',
    /free blocks, but its descriptor says 7/,
    'allocation',
    ['set_bg 0 free_blocks_count 7', 'set_bg 0 checksum calc'],
  ],
  [
    'a group with another count of free inodes',
    /free inodes, but its descriptor says 7/,
    'allocation',
    ['set_bg 0 free_inodes_count 7', 'set_bg 0 checksum calc'],
  ],
  [
    'a group with another count of directories',
    /directories, but its descriptor says 99/,
    'allocation',
    ['set_bg 0 used_dirs_count 99', 'set_bg 0 checksum calc'],
  ],
  ['a file with a time of deletion', /time of deletion/, 'allocation', ['sif /etc/hostname dtime 20200101']],
  ['a wrong count of names', /1 names, but says 5/, 'everything', ['sif /etc/hostname links_count 5']],
  ['a file without a name', /0 names, but says 1/, 'everything', ['unlink /etc/hostname']],
  ['an entry of an inode that is not in use', /which is not in use/, 'everything', ['link <1500> /etc/ghost']],
  ['a directory with two places', /has two places/, 'everything', ['link /etc/deep /many/again']],
  ['a name with another type', /another type/, 'everything', ['sif /many/a-rather-long-name-7 mode 0010644']],
])('finds %s, as e2fsck does', (_name, damage, depth, requests) => {
  const sound = makeVolume('metadata_csum', '-b', '1024')
  const bytes = withRequests(sound, ...requests)
  expect([4, 12]).toContain(e2fsck(bytes).status)
  const error = expectCode('EXT4_DAMAGED', () => {
    check(bytes, depth)
  })
  expect(error.message).toMatch(damage)
  expect(error.hint).toContain('--repair')
  if (depth === 'everything') check(bytes, 'allocation')
})

test('takes an index in whose root the kernel left the bytes that end a directory without index', () => {
  const sound = makeVolume('metadata_csum,^metadata_csum_seed', '-b', '1024')
  const { number, generation, firstBlock } = directoryOf(sound, '/many')
  const root = sound.subarray(firstBlock * 1024, (firstBlock + 1) * 1024)
  const { limit, count } = decodeIndexNode(root, 'root')
  expect(32 + limit * 8).toBe(1024 - 8)
  root.writeUInt32LE(0xde00000c, 1024 - 8)
  const seed = crc32cOfU32(
    crc32cOfU32(crc32c(0xffffffff, sound.subarray(1024 + 0x68, 1024 + 0x78)), number),
    generation,
  )
  const covered = crc32c(seed, root.subarray(0, 32 + count * 8))
  root.writeUInt32LE(crc32c(crc32c(covered, root.subarray(1024 - 8, 1024 - 4)), new Uint8Array(4)), 1024 - 4)
  const verdict = e2fsck(sound)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  check(sound)
  root.writeUInt8((root[40] ?? 0) ^ 1, 40)
  expect(e2fsck(sound).status).toBe(4)
  expect(damageOf(sound)).toMatch(/index of directory|checksum of a block of directory/)
})

test.each(['feature needs_recovery', 'ssv last_orphan 15', 'ssv state 0', 'ssv state 3'])(
  'refuses a volume that the next mount would change: %s',
  (request) => {
    const bytes = withRequests(makeVolume('metadata_csum', '-b', '1024'), request)
    expectCode('EXT4_NEEDS_RECOVERY', () => {
      check(bytes)
    })
  },
)

test.each([
  ['magic number', 0],
  ['kind', 7],
  ['length of blocks', 14],
  ['count of users', 0x42],
])('refuses a journal with another %s', (_name, offset) => {
  const bytes = makeVolume('metadata_csum', '-b', '1024')
  const at = directoryOf(bytes, '<8>').firstBlock * 1024 + offset
  bytes.writeUInt8((bytes[at] ?? 0) ^ 0xff, at)
  expect(damageOf(bytes)).toMatch(/its journal is none/)
})

test('refuses a name with a slash', () => {
  const bytes = makeVolume('^metadata_csum,^uninit_bg', '-b', '1024')
  bytes.write('host/ame', bytes.lastIndexOf('hostname'), 'latin1')
  expect(e2fsck(bytes)).toMatchObject({ status: 4, output: expect.stringContaining('illegal characters') as string })
  expect(damageOf(bytes)).toMatch(/a name that is none/)
})

test.each<[string, number, number]>([
  ['inode count', 0x00, 7],
  ['first data block', 0x14, 0],
  ['cluster size', 0x1c, 3],
  ['blocks per group', 0x20, 8200],
  ['clusters per group', 0x24, 8],
  ['inodes per group', 0x28, 12],
  ['revision', 0x4c, 2],
  ['first inode below those that are reserved', 0x54, 10],
  ['first inode behind the last', 0x54, 60_000],
  ['inode size', 0x58, 300],
  ['inode size below the least', 0x58, 64],
])('refuses a superblock with a wrong %s', (_name, offset, value) => {
  const bytes = makeVolume('^metadata_csum,^uninit_bg,^64bit', '-b', '1024')
  // The inode size has 16 bits, and the number of the group behind it is 0.
  bytes.writeUInt32LE(value, 1024 + offset)
  expect(damageOf(bytes)).toMatch(/numbers in its superblock contradict|inode/)
})

test.each([32, 65, 96, 2048])('refuses group descriptors of %d bytes', (byteLength) => {
  const bytes = makeVolume('^metadata_csum,^uninit_bg,64bit', '-b', '1024')
  check(bytes)
  bytes.writeUInt16LE(byteLength, 1024 + 0xfe)
  expect(damageOf(bytes)).toMatch(/numbers in its superblock contradict/)
})

test('free counts of the superblock are hints, as for the kernel', () => {
  const bytes = withRequests(makeVolume('^metadata_csum,^uninit_bg', '-b', '1024'), 'ssv free_blocks_count 5')
  expect(e2fsck(bytes).status).toBe(0)
  check(bytes)
})

test.each([
  [published, ['-b', '4096']],
  ['metadata_csum', ['-b', '1024']],
  ['^metadata_csum,uninit_bg', ['-b', '1024', '-g', '2048']],
  ['^metadata_csum,^uninit_bg,^extent,^64bit', ['-b', '1024']],
])('finds each wrong bit in metadata that e2fsck would repair: %s', (features, options) => {
  const random = randomNumbers(11)
  const original = makeVolume(features, ...options)
  const regions = metadataOf(original)
  let found = 0
  for (let round = 0; round < 120; round += 1) {
    const bytes = Buffer.from(original)
    const [start = 0, byteLength = 1] = regions[random(regions.length)] ?? []
    const at = start + random(byteLength)
    bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << random(8)), at)
    const verdict = e2fsck(bytes)
    const damage = damageOf(bytes)
    if (verdict.status === 0) continue
    expect(damage, `round ${round}, byte ${at}: ${verdict.output}`).not.toBeNull()
    found += 1
  }
  expect(found).toBeGreaterThan(20)
})

/** What debugfs says of a directory. */
function directoryOf(
  bytes: Buffer,
  name: string,
): { readonly number: number; readonly generation: number; readonly firstBlock: number } {
  const path = join(temporaryFolder(), 'described')
  writeFileSync(path, bytes)
  const { output } = run('debugfs', ['-R', `stat ${name}`, path])
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? expect.fail(output))
  return {
    number: number(/^Inode: (\d+)/m),
    generation: number(/Generation: (\d+)/),
    firstBlock: number(/\(0(?:-\d+)?\):(\d+)/),
  }
}

function damageOf(bytes: Uint8Array): string | null {
  try {
    check(bytes)
    return null
  } catch (error) {
    if (isBuildError(error)) return error.message
    throw error
  }
}

/** Where superblock, descriptors, bitmaps, used inodes and directories of the first group are. */
function metadataOf(bytes: Buffer): readonly (readonly [number, number])[] {
  const path = join(temporaryFolder(), 'described')
  writeFileSync(path, bytes)
  const description = run('dumpe2fs', [path]).output
  const number = (pattern: RegExp): number => Number(pattern.exec(description)?.[1] ?? expect.fail(String(pattern)))
  const blockBytes = number(/Block size: +(\d+)/)
  const inodeTable = number(/Inode table at (\d+)/)
  const firstBlock = number(/First block: +(\d+)/)
  const directory = Number(
    run('debugfs', ['-R', 'blocks /many', path])
      .output.split(/\s+/)
      .find((word) => /^\d{3,}$/.test(word)) ?? 0,
  )
  return [
    // Up to the words of features: e2fsck refuses unknown ones that the kernel takes.
    [1024, 0x5c],
    [(firstBlock + 1) * blockBytes, 64],
    [number(/Block bitmap at (\d+)/) * blockBytes, 200],
    [number(/Inode bitmap at (\d+)/) * blockBytes, 30],
    [inodeTable * blockBytes + 256, 256],
    [inodeTable * blockBytes + 10 * 256, 20 * 256],
    [directory * blockBytes, blockBytes],
  ]
}
