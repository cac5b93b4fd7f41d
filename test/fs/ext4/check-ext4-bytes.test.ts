// @module-tag slow
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { expectCode } from '../../support/expect-code.ts'
import { check, damageOf, directoryOf, e2fsck, makeVolume, withRequests } from '../../support/ext4-volumes.ts'
import { memoryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs')

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
  ['count of reserved blocks', 0x08, 4097],
  ['upper half of the count of reserved blocks', 0x154, 1],
])('refuses a superblock with a wrong %s', (_name, offset, value) => {
  const bytes = makeVolume('^metadata_csum,^uninit_bg,^64bit', '-b', '1024')
  // The inode size has 16 bits, and the number of the group behind it is 0.
  bytes.writeUInt32LE(value, 1024 + offset)
  expect(damageOf(bytes)).toMatch(/numbers in its superblock contradict/)
})

test.each([32, 65, 96, 2048])('refuses group descriptors of %d bytes', (byteLength) => {
  const bytes = makeVolume('^metadata_csum,^uninit_bg,64bit', '-b', '1024')
  check(bytes)
  bytes.writeUInt16LE(byteLength, 1024 + 0xfe)
  expect(damageOf(bytes)).toMatch(/numbers in its superblock contradict/)
})

const PLAIN = ['^metadata_csum,^uninit_bg', '-b', '1024'] as const

/** Where the entry of a name begins in a volume whose blocks have 1 KiB. */
function entryOf(bytes: Buffer, directory: string, name: string): number {
  const start = directoryOf(bytes, directory).firstBlock * 1024
  return bytes.indexOf(name, start, 'latin1') - 8
}

/** Where an inode begins. */
function inodeOf(bytes: Buffer, name: string): number {
  const path = join(memoryFolder(), 'described')
  writeFileSync(path, bytes)
  const [, block, offset] =
    /located at block (\d+), offset (0x[0-9a-f]+)/.exec(run('debugfs', ['-R', `imap ${name}`, path]).output) ?? []
  return Number(block) * 1024 + Number(offset)
}

function aclBlockOf(bytes: Buffer, name: string): number {
  const path = join(memoryFolder(), 'described')
  writeFileSync(path, bytes)
  return Number(/File ACL: (\d+)/.exec(run('debugfs', ['-R', `stat ${name}`, path]).output)?.[1]) * 1024
}

test.each<[string, RegExp, (bytes: Buffer) => void]>([
  [
    'a directory that does not name itself',
    /does not begin with \. and \.\./,
    (bytes) => void bytes.writeUInt32LE(3, directoryOf(bytes, '/etc').firstBlock * 1024),
  ],
  [
    'a directory with another one above',
    /\.\. of directory inode \d+ is not the directory above/,
    (bytes) => void bytes.writeUInt32LE(2, directoryOf(bytes, '/etc/deep').firstBlock * 1024 + 12),
  ],
  [
    'directories that are in a circle',
    /no way to the root/,
    (bytes) => {
      const [etc, deep] = [directoryOf(bytes, '/etc'), directoryOf(bytes, '/etc/deep/deeper')]
      // /etc loses its name, and gets one in /etc/deep.
      bytes.writeUInt32LE(0, entryOf(bytes, '/', 'etc'))
      bytes.writeUInt32LE(deep.number, etc.firstBlock * 1024 + 12)
      const above = deep.firstBlock * 1024 + 12
      bytes.writeUInt16LE(12, above + 4)
      bytes.writeUInt32LE(etc.number, above + 12)
      bytes.writeUInt16LE(1000, above + 16)
      bytes.write('\x03\x02etc', above + 18, 'latin1')
    },
  ],
  [
    'a name that is there twice',
    /a name twice/,
    (bytes) => {
      const start = (directoryOf(bytes, '/many').firstBlock + 1) * 1024
      const leaf = bytes.toString('latin1', start, start + 1024)
      const [first, second] = [...leaf.matchAll(/a-rather-long-name-\d\d(?!\d)/g)]
      bytes.write(first?.[0] ?? expect.fail(leaf), start + (second?.index ?? expect.fail(leaf)), 'latin1')
    },
  ],
  [
    'an entry without a name',
    /an entry without a name/,
    (bytes) => void bytes.writeUInt8(0, entryOf(bytes, '/etc', 'hostname') + 6),
  ],
  [
    'an index that leads to a block twice',
    /the index of directory/,
    (bytes) => {
      const root = directoryOf(bytes, '/many').firstBlock * 1024
      bytes.copyWithin(root + 32 + 12, root + 32 + 4, root + 32 + 8)
    },
  ],
  [
    'an index whose hashes descend',
    /the index of directory/,
    (bytes) => void bytes.writeUInt32LE(0xfffffffe, directoryOf(bytes, '/many').firstBlock * 1024 + 32 + 8),
  ],
  [
    'an index that leaves out a block',
    /the index of directory/,
    (bytes) => {
      const count = directoryOf(bytes, '/many').firstBlock * 1024 + 34
      bytes.writeUInt16LE(bytes.readUInt16LE(count) - 1, count)
    },
  ],
  [
    'an attribute whose value is outside of the inode',
    /attributes of inode \d+ overlap or leave it/,
    (bytes) => void bytes.writeUInt16LE(250, inodeOf(bytes, '/large') + 128 + 32 + 4 + 2),
  ],
  [
    'attributes with another count of files',
    /1 inodes have the attributes in block \d+, which says 2/,
    (bytes) => void bytes.writeUInt32LE(2, aclBlockOf(bytes, '/etc/hostname') + 4),
  ],
  [
    'attributes in more than one block',
    /attributes in block \d+ are none/,
    (bytes) => void bytes.writeUInt32LE(2, aclBlockOf(bytes, '/etc/hostname') + 8),
  ],
  [
    'an attribute whose value is outside of its block',
    /attributes in block \d+ overlap or leave it/,
    (bytes) => void bytes.writeUInt16LE(1000, aclBlockOf(bytes, '/etc/hostname') + 34),
  ],
  [
    'an extent tree with too few entries',
    /a damaged extent tree/,
    (bytes) => void bytes.writeUInt16LE(1, inodeOf(bytes, '/large') + 0x28 + 4),
  ],
  [
    'an extent tree with room for more entries than its place',
    /a damaged extent tree/,
    (bytes) => void bytes.writeUInt16LE(5, inodeOf(bytes, '/large') + 0x28 + 4),
  ],
  [
    'an extent block with too few entries',
    /a damaged extent tree/,
    (bytes) => void bytes.writeUInt16LE(81, bytes.readUInt32LE(inodeOf(bytes, '/large') + 0x28 + 16) * 1024 + 4),
  ],
  [
    'a clear bit behind the blocks of a group',
    /the end of the block bitmap of group 0 is not filled/,
    (bytes) => {
      const last = bytes.readUInt32LE(2048) * 1024 + 1023
      bytes.writeUInt8(bytes.readUInt8(last) & 0x7f, last)
    },
  ],
  [
    'a clear bit behind the inodes of a group',
    /the end of the inode bitmap of group 0 is not filled/,
    (bytes) => void bytes.writeUInt8(0xfe, bytes.readUInt32LE(2052) * 1024 + bytes.readUInt32LE(1024 + 0x28) / 8),
  ],
  [
    'an inode count that is no multiple of eight',
    /numbers in its superblock contradict/,
    (bytes) => {
      bytes.writeUInt32LE(bytes.readUInt32LE(1024) - 4, 1024)
      bytes.writeUInt32LE(bytes.readUInt32LE(1024 + 0x28) - 4, 1024 + 0x28)
    },
  ],
])('finds %s, where there are no checksums', (_name, damage, spoil) => {
  const bytes = makeVolume(...PLAIN)
  check(bytes)
  spoil(bytes)
  expect(e2fsck(bytes).status).not.toBe(0)
  expect(damageOf(bytes)).toMatch(damage)
})

test.each([
  [2, 0],
  [3, 4],
])('an extent tree with %d entries and room for 2: e2fsck ends with %d', (blockCount, status) => {
  const source = join(memoryFolder(), 'pieces')
  writeFileSync(source, Buffer.alloc(blockCount * 1024, 'x'))
  // The first free blocks are those that were punched out of /large: each is an extent.
  const bytes = withRequests(makeVolume(...PLAIN), `write ${source} /pieces`)
  const header = inodeOf(bytes, '/pieces') + 0x28
  expect([2, 4, 6].map((offset) => bytes.readUInt16LE(header + offset))).toEqual([blockCount, 4, 0])
  bytes.writeUInt16LE(2, header + 4)
  expect(e2fsck(bytes).status).toBe(status)
  expect(damageOf(bytes)).toEqual(status === 0 ? null : expect.stringContaining('a damaged extent tree'))
})

test('the field of a fragment does not count in the inode of the journal', () => {
  const bytes = withRequests(makeVolume(...PLAIN), 'sif <8> faddr 1')
  expect(e2fsck(bytes).status).toBe(0)
  check(bytes)
})

test('refuses a pipe with inline data', () => {
  const bytes = withRequests(makeVolume('inline_data', '-b', '1024'), 'sif /pipe flags 0x10000000')
  expect(e2fsck(bytes).status).toBe(4)
  expect(damageOf(bytes)).toMatch(/is no file, but has/)
})

test('refuses group descriptors that reach behind the volume', () => {
  const bytes = makeVolume('^metadata_csum,^uninit_bg,64bit', '-b', '1024')
  // Groups of one block, and descriptors of one block: as many as the volume has blocks.
  bytes.writeUInt16LE(1024, 1024 + 0xfe)
  for (const [offset, value] of [
    [0x00, 8191 * 8],
    [0x20, 1],
    [0x24, 1],
    [0x28, 8],
  ] as const)
    bytes.writeUInt32LE(value, 1024 + offset)
  expect(e2fsck(bytes).status).toBe(8)
  expect(damageOf(bytes)).toMatch(/its group descriptors do not fit into it/)
})

test('takes as many reserved blocks as half of the volume', () => {
  const bytes = makeVolume(...PLAIN)
  bytes.writeUInt32LE(4096, 1024 + 0x08)
  expect(e2fsck(bytes).status).toBe(0)
  check(bytes)
})

test('refuses a volume that is longer than its partition, as Linux does', () => {
  const bytes = makeVolume(...PLAIN).subarray(0, -1024)
  expect(e2fsck(bytes).output).toContain('physical size of the device is 8191 blocks')
  expectCode('EXT4_INVALID', () => {
    check(bytes)
  })
})

test('takes an unknown compatible feature, as Linux does', () => {
  const bytes = withRequests(makeVolume(...PLAIN), 'feature FEATURE_C21')
  expect(bytes.readUInt32LE(1024 + 0x5c)).toBeGreaterThan(2 ** 21)
  expect(e2fsck(bytes)).toMatchObject({ status: 12, output: expect.stringContaining('FEATURE_C21') as string })
  check(bytes)
})

test('the bytes that name attributes in the inode of bad blocks do not count', () => {
  const bytes = makeVolume(...PLAIN)
  bytes.writeUInt16LE(1, inodeOf(bytes, '<1>') + 0x76)
  expect(e2fsck(bytes).status).toBe(0)
  check(bytes)
})

test.each(['<7>', '<8>'])('refuses attributes of inode %s that are outside of the volume, as Linux does', (name) => {
  const bytes = makeVolume(...PLAIN)
  bytes.writeUInt16LE(1, inodeOf(bytes, name) + 0x76)
  expect(e2fsck(bytes).status).toBe(0)
  expect(damageOf(bytes)).toMatch(/attributes of inode \d has block \d+, which is outside of the volume/)
})

test('takes attributes that two files share', () => {
  const block = aclBlockOf(makeVolume(...PLAIN), '/etc/hostname')
  const name = '/many/a-rather-long-name-3'
  const bytes = withRequests(makeVolume(...PLAIN), `sif ${name} file_acl ${block / 1024}`, `sif ${name} blocks 2`)
  bytes.writeUInt32LE(2, block + 4)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  check(bytes)
})

test('compares the checksums of blocks of attributes and of extents', () => {
  const sound = makeVolume('metadata_csum', '-b', '1024')
  const attributes = Buffer.from(sound)
  const value = aclBlockOf(attributes, '/etc/hostname') + 1000
  attributes.writeUInt8((attributes[value] ?? 0) ^ 1, value)
  expect(e2fsck(attributes).status).toBe(4)
  expect(damageOf(attributes)).toMatch(/checksum of the attributes in block/)
  // The first entry of the extent tree of /large leads to a block of extents. Behind these, the block is not used.
  const extents = Buffer.from(sound)
  const node = extents.readUInt32LE(inodeOf(extents, '/large') + 0x28 + 12 + 4) * 1024
  expect(extents.readUInt16LE(node)).toBe(0xf30a)
  extents.writeUInt8(1, node + 1000)
  expect(e2fsck(extents).status).toBe(4)
  expect(damageOf(extents)).toMatch(/checksum of an extent block of inode/)
})

test('refuses extents and inline data where the volume has none', () => {
  const plain = makeVolume('^metadata_csum,^uninit_bg,^extent,^64bit', '-b', '1024')
  expect(damageOf(withRequests(plain, 'sif /etc/hostname flags 0x80000'))).toMatch(
    /has extents, which the volume has not/,
  )
  expect(damageOf(withRequests(plain, 'sif /etc/hostname flags 0x10000000'))).toMatch(/has inline data, which/)
})
