import { expect, test } from 'vitest'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { decodeInode } from '../../../src/fs/ext4/inode.ts'
import { type BlockRun, mapBlocks } from '../../../src/fs/ext4/map-blocks.ts'
import { MetadataReader } from '../../../src/fs/ext4/metadata-reader.ts'
import { decodeExt4Superblock } from '../../../src/fs/ext4/superblock.ts'
import { expectCode } from '../../support/expect-code.ts'

type Extent = readonly [logicalBlock: number, length: number, block: number]

/** Maps an inode with these extents. */
function runsOf(...extents: readonly Extent[]): readonly BlockRun[] {
  const volume = Buffer.alloc(4096)
  volume.writeUInt16LE(0xef53, 1024 + 0x38)
  const superblock = decodeExt4Superblock(volume.subarray(1024, 2048)) ?? expect.fail('no superblock')
  const inode = Buffer.alloc(128)
  inode.writeUInt32LE(0x80000, 0x20)
  inode.writeUInt16LE(0xf30a, 0x28)
  inode.writeUInt16LE(extents.length, 0x2a)
  inode.writeUInt16LE(4, 0x2c)
  for (const [index, [logicalBlock, length, block]] of extents.entries()) {
    inode.writeUInt32LE(logicalBlock, 0x28 + 12 * (index + 1))
    inode.writeUInt16LE(length, 0x28 + 12 * (index + 1) + 4)
    inode.writeUInt32LE(block, 0x28 + 12 * (index + 1) + 8)
  }
  const runs: BlockRun[] = []
  mapBlocks(new MetadataReader(new MemoryDevice(volume), superblock), 12, decodeInode(inode), (run) => runs.push(run))
  return runs
}

test('a length of 0x8000 is written, and longer ones are not', () => {
  expect(runsOf([0, 0x8000, 100], [0x8000, 0x8001, 90_000], [0x9000, 0xffff, 200_000])).toEqual([
    { logicalBlock: 0, block: 100, count: 0x8000, unwritten: false },
    { logicalBlock: 0x8000, block: 90_000, count: 1, unwritten: true },
    { logicalBlock: 0x9000, block: 200_000, count: 0x7fff, unwritten: true },
  ])
})

test.each<[string, readonly Extent[]]>([
  ['no length', [[0, 0, 100]]],
  [
    'an overlap',
    [
      [0, 5, 100],
      [4, 1, 200],
    ],
  ],
  [
    'the wrong order',
    [
      [9, 1, 100],
      [0, 1, 200],
    ],
  ],
])('extents with %s are damage', (_name, extents) => {
  expectCode('EXT4_DAMAGED', () => {
    runsOf(...extents)
  })
})
