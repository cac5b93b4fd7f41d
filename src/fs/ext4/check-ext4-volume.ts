import type { ReadableDevice } from '../../disk/block-device.ts'
import { hasBit, isFilledFrom } from './bitmap.ts'
import { BlockOwners } from './block-owners.ts'
import { checkDirectories } from './check-directories.ts'
import { checkLinks } from './check-links.ts'
import { checkOrphanFile } from './check-orphan-file.ts'
import type { GroupDescriptor } from './group-descriptor.ts'
import { type CheckDepth, InodeCensus } from './inode-census.ts'
import { TYPE_FILE } from './inode.ts'
import { isSoundJournal } from './journal-superblock.ts'
import { damaged, MetadataReader } from './metadata-reader.ts'
import { readSuperblock, requireRecovered, requireSupported } from './read-superblock.ts'
import type { Ext4Superblock } from './superblock.ts'

const INCOMPAT_64BIT = 0x80
const MAX_REVISION = 1
const MAX_BLOCK_BYTES = 65_536
const MIN_INODE_BYTES = 128
const MIN_FIRST_INODE = 11

/**
 * Checks what e2fsck checks before a volume is written: that superblock, group descriptors, bitmaps, inodes and
 * directories agree, match their checksums, and that no block belongs to two files. The free counts of the superblock
 * are hints, which the kernel and e2fsck ignore. Throws `EXT4_INVALID`,
 * `EXT4_FEATURE_UNSUPPORTED`, `EXT4_NEEDS_RECOVERY`, and `EXT4_DAMAGED` with the first damage.
 */
export function requireSoundExt4(device: ReadableDevice, depth: CheckDepth): void {
  const superblock = readSuperblock(device)
  requireSupported(superblock)
  requireRecovered(superblock)
  requireGeometry(superblock)
  const reader = new MetadataReader(device, superblock)
  reader.requireSuperblockChecksum()
  const groups = reader.readDescriptors()
  const owners = new BlockOwners(superblock)
  claimMetadata(reader, groups, owners)
  const uninitialized = groups.map(({ blocksUninitialized }, group) =>
    blocksUninitialized ? countFree(reader, owners, group) : null,
  )
  const census = new InodeCensus(reader, groups, owners, depth)
  checkBlockBitmaps(reader, groups, owners, { uninitialized, unknownCount: census.unknownBlockCount })
  requireJournal(reader, census)
  if (depth === 'allocation') return
  checkDirectories(reader, census)
  checkLinks(reader, census.links)
  checkOrphanFile(reader, census.orphanFile)
}

function requireGeometry(superblock: Ext4Superblock): void {
  const { blockByteLength, blockCount, firstDataBlock, blocksPerGroup, inodesPerGroup, inodeCount } = superblock
  const { inodeByteLength, descriptorByteLength, hasBlocksAsClusters, revision, firstInode } = superblock
  const { incompatFeatures, reservedBlockCount } = superblock
  const sound =
    revision <= MAX_REVISION &&
    reservedBlockCount <= blockCount / 2 &&
    hasBlocksAsClusters &&
    blockByteLength <= MAX_BLOCK_BYTES &&
    firstDataBlock === (blockByteLength === 1024 ? 1 : 0) &&
    blocksPerGroup > 0 &&
    blocksPerGroup <= blockByteLength * 8 &&
    inodesPerGroup > 0 &&
    inodesPerGroup <= blockByteLength * 8 &&
    inodesPerGroup % 8 === 0 &&
    inodeByteLength >= MIN_INODE_BYTES &&
    inodeByteLength <= blockByteLength &&
    Number.isInteger(Math.log2(inodeByteLength)) &&
    descriptorByteLength >= ((incompatFeatures & INCOMPAT_64BIT) === 0 ? 32 : 64) &&
    Number.isInteger(Math.log2(descriptorByteLength)) &&
    descriptorByteLength <= blockByteLength &&
    firstInode >= MIN_FIRST_INODE &&
    firstInode <= inodeCount &&
    blockCount > firstDataBlock &&
    inodeCount === Math.ceil((blockCount - firstDataBlock) / blocksPerGroup) * inodesPerGroup
  if (!sound) throw damaged('the numbers in its superblock contradict each other')
}

/** Claims superblocks, descriptors, bitmaps and inode tables. */
function claimMetadata(reader: MetadataReader, groups: readonly GroupDescriptor[], owners: BlockOwners): void {
  const { firstDataBlock, blocksPerGroup, reservedGdtBlockCount, inodesPerGroup, inodeByteLength, blockByteLength } =
    reader.superblock
  const tableBlockCount = Math.ceil((inodesPerGroup * inodeByteLength) / blockByteLength)
  const copyBlockCount = 1 + reader.descriptorBlockCount + reservedGdtBlockCount
  for (const [group, { blockBitmap, inodeBitmap, inodeTable }] of groups.entries()) {
    if (reader.hasSuperblock(group))
      owners.claim(firstDataBlock + group * blocksPerGroup, copyBlockCount, () => `the superblock of group ${group}`)
    owners.claim(blockBitmap, 1, () => `the block bitmap of group ${group}`)
    owners.claim(inodeBitmap, 1, () => `the inode bitmap of group ${group}`)
    owners.claim(inodeTable, tableBlockCount, () => `the inode table of group ${group}`)
  }
}

function blocksOf({ superblock }: MetadataReader, group: number): { readonly first: number; readonly count: number } {
  const { firstDataBlock, blocksPerGroup, blockCount } = superblock
  const first = firstDataBlock + group * blocksPerGroup
  return { first, count: Math.min(blocksPerGroup, blockCount - first) }
}

function countFree(reader: MetadataReader, owners: BlockOwners, group: number): number {
  const { first, count } = blocksOf(reader, group)
  return owners.countFree(first, count)
}

interface UnreadBlocks {
  /** Free blocks of each group without a bitmap; null: it has one. */
  readonly uninitialized: readonly (number | null)[]
  /** Blocks whose owners are known, but not which blocks they are. */
  readonly unknownCount: number
}

/** Compares the bitmaps of blocks with the blocks that belong to something. */
function checkBlockBitmaps(
  reader: MetadataReader,
  groups: readonly GroupDescriptor[],
  owners: BlockOwners,
  { uninitialized, unknownCount }: UnreadBlocks,
): void {
  let unowned = 0
  for (const [group, { blockBitmap, blockBitmapChecksum, freeBlockCount }] of groups.entries()) {
    const { first, count } = blocksOf(reader, group)
    const untouched = uninitialized[group] ?? null
    let free = countFree(reader, owners, group)
    if (untouched === null) {
      const bitmap = reader.readBlocks(blockBitmap, 1)
      const name = `block bitmap of group ${group}`
      reader.requireBitmapChecksum(bitmap, reader.superblock.blocksPerGroup, blockBitmapChecksum, name)
      for (let block = first; block < first + count; block += 1) {
        const inUse = hasBit(bitmap, block - first)
        if (inUse === owners.owns(block)) continue
        if (!inUse) throw damaged(`block ${block} is marked as free`)
        if (unknownCount === 0) throw damaged(`block ${block} is in use, but belongs to nothing`)
        unowned += 1
        free -= 1
      }
      if (!isFilledFrom(bitmap, count)) throw damaged(`the end of the block bitmap of group ${group} is not filled`)
    } else if (free !== untouched) throw damaged(`group ${group} has blocks in use, but no block bitmap`)
    if (free !== freeBlockCount)
      throw damaged(`group ${group} has ${free} free blocks, but its descriptor says ${freeBlockCount}`)
  }
  if (unowned !== unknownCount)
    throw damaged(`${unowned} blocks belong to its large files, which say that they have ${unknownCount}`)
}

function requireJournal(reader: MetadataReader, { journal }: InodeCensus): void {
  const { hasJournal, blockByteLength } = reader.superblock
  if (!hasJournal) return
  const [firstBlock] = journal?.blocks ?? []
  if (journal === null || firstBlock === undefined) throw damaged('its journal is missing')
  const { type, isEncrypted, byteLength } = journal.inode
  const isUsable = type === TYPE_FILE && !isEncrypted && journal.blocks.length * blockByteLength >= byteLength
  if (!isUsable || !isSoundJournal(reader.readBlocks(firstBlock, 1), Math.floor(byteLength / blockByteLength)))
    throw damaged('its journal is damaged')
}
