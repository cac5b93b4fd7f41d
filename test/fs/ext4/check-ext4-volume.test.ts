// @module-tag slow
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { crc32c, crc32cOfU32 } from '../../../src/fs/ext4/crc32c.ts'
import { decodeIndexNode } from '../../../src/fs/ext4/directory-index.ts'
import type { CheckDepth } from '../../../src/fs/ext4/inode-census.ts'
import { expectCode } from '../../support/expect-code.ts'
import {
  blockOf,
  check,
  damageOf,
  directoryOf,
  e2fsck,
  extentBlockOf,
  makeVolume,
  withRequests,
} from '../../support/ext4-volumes.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
import { memoryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs')

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

test.each<[string, RegExp, CheckDepth, readonly string[]]>([
  ['a block that is in use, but marked as free', /is marked as free/, 'allocation', ['freeb 600 200']],
  ['an inode that is in use, but marked as free', /in use, but marked as free/, 'allocation', ['freei /etc/hostname']],
  ['an inode marked as in use, but free', /marked as in use, but free/, 'allocation', ['seti <1000>']],
  ['a size that is too small', /blocks of data, but a size of 10 bytes/, 'everything', ['sif /large size 10']],
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
  ['a name of a reserved inode', /inode 7, which is not in use/, 'everything', ['link <7> /etc/ghost']],
  ['a directory with a wrong count of names', /names, but says 9/, 'everything', ['sif /many links_count 9']],
  ['a directory with a hole', /has a hole/, 'allocation', ['sif /etc block[3] 1']],
  [
    'a wrong checksum of a block bitmap',
    /checksum of the block bitmap of group 0/,
    'allocation',
    ['set_bg 0 block_bitmap_csum 1', 'set_bg 0 checksum calc'],
  ],
  [
    'a wrong checksum of an inode bitmap',
    /checksum of the inode bitmap of group 0/,
    'allocation',
    ['set_bg 0 inode_bitmap_csum 1', 'set_bg 0 checksum calc'],
  ],
  [
    'blocks in use in a group without a bitmap',
    /no block bitmap/,
    'allocation',
    ['set_bg 0 flags 2', 'set_bg 0 checksum calc'],
  ],
  [
    'a first group without inodes',
    /its root is marked as unused/,
    'allocation',
    ['set_bg 0 flags 1', 'set_bg 0 checksum calc'],
  ],
  ['a pipe with extents', /no file, but has/, 'allocation', ['sif /pipe flags 0x80000']],
  ['a pipe with an index', /no file, but has/, 'allocation', ['sif /pipe flags 0x1000']],
  ['a pipe with a size', /no file, but has/, 'allocation', ['sif /pipe size 1']],
  ['a file with a fragment', /has a fragment/, 'allocation', ['sif /etc/hostname faddr 1']],
  ['fields of an odd length', /further fields have 6 bytes/, 'allocation', ['sif /etc/hostname extra_isize 6']],
  ['fields that are too long', /further fields have 132 bytes/, 'allocation', ['sif /etc/hostname extra_isize 132']],
  [
    'a name with another type',
    /another type/,
    'everything',
    ['sif /many/a-rather-long-name-7 flags 0', 'sif /many/a-rather-long-name-7 mode 0010644'],
  ],
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

test('takes a directory that once had more names than its inode can count', () => {
  const bytes = withRequests(makeVolume('metadata_csum', '-b', '1024'), 'sif /many links_count 1')
  expect(e2fsck(bytes).status).toBe(0)
  check(bytes)
})

test('takes an inode without further fields', () => {
  const bytes = withRequests(makeVolume('^metadata_csum', '-b', '1024'), 'sif /etc/hostname extra_isize 0')
  expect(e2fsck(bytes).status).toBe(0)
  check(bytes)
})

test('refuses a wrong checksum of a descriptor, as the kernel does', () => {
  const bytes = withRequests(makeVolume('metadata_csum', '-b', '1024'), 'set_bg 0 checksum 1')
  expect(damageOf(bytes)).toMatch(/checksum of the descriptor of group 0/)
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
  const path = join(memoryFolder(), 'judged')
  writeFileSync(path, original)
  const file = openSync(path, 'r+')
  let found = 0
  for (let round = 0; round < 120; round += 1) {
    const [start = 0, byteLength = 1] = regions[random(regions.length)] ?? []
    const at = start + random(byteLength)
    const before = original.readUInt8(at)
    original.writeUInt8(before ^ (1 << random(8)), at)
    writeSync(file, original, at, 1, at)
    const verdict = run('e2fsck', ['-fn', path])
    const damage = damageOf(original)
    original.writeUInt8(before, at)
    writeSync(file, original, at, 1, at)
    if (verdict.status === 0) continue
    expect(damage, `round ${round}, byte ${at}: ${verdict.output}`).not.toBeNull()
    found += 1
  }
  closeSync(file)
  expect(found).toBeGreaterThan(20)
})

/** Where superblock, descriptors, bitmaps, used inodes and directories of the first group are. */
function metadataOf(bytes: Buffer): readonly (readonly [number, number])[] {
  const path = join(memoryFolder(), 'described')
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

test.each<[string, RegExp, (volume: Buffer) => string]>([
  ['a block in use that belongs to nothing', /belongs to nothing/, () => 'setb 7000'],
  ['a block that is marked as free', /is marked as free/, (volume) => `freeb ${blockOf(volume, '/large', 30)}`],
  ['a wrong count of blocks', /blocks, but says/, () => 'sif /large blocks 4'],
])('finds %s in the extent blocks of a large file, and without them by the sum', (_name, damage, request) => {
  const volume = makeVolume('metadata_csum', '-b', '1024')
  const bytes = withRequests(volume, request(volume))
  expect(e2fsck(bytes).status).toBe(4)
  expect(damageOf(bytes)).toMatch(damage)
  expectCode('EXT4_DAMAGED', () => {
    check(bytes, 'allocation')
  })
})

test('leaves the extent blocks of a large file to the check of everything', () => {
  const volume = makeVolume('metadata_csum', '-b', '1024')
  const block = extentBlockOf(volume, '/large')
  volume.fill(0, block * 1024, (block + 1) * 1024)
  check(volume, 'allocation')
  expect(damageOf(volume)).toMatch(/checksum of an extent block/)
})

test('reads the extent blocks of a large file where a wrong number in an inode has no checksum', () => {
  const volume = makeVolume('^metadata_csum,^uninit_bg', '-b', '1024')
  const bytes = withRequests(volume, `sif /etc/hostname block[5] ${blockOf(volume, '/large', 30)}`)
  expect(e2fsck(bytes).status).toBe(4)
  const error = expectCode('EXT4_DAMAGED', () => {
    check(bytes, 'allocation')
  })
  expect(error.message).toContain('belongs to something else')
})
