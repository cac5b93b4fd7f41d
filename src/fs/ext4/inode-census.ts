import { readU16, readU32 } from '../../bytes/little-endian.ts'
import { hasBit, isFilledFrom } from './bitmap.ts'
import type { BlockOwners } from './block-owners.ts'
import type { GroupDescriptor } from './group-descriptor.ts'
import { requireSoundAttributeBlock, requireSoundAttributes } from './inode-attributes.ts'
import {
  decodeInode,
  type Inode,
  isShortLink,
  LINK_COUNT,
  SHORT_INODE_BYTES,
  TYPE_DIRECTORY,
  TYPE_FILE,
  TYPE_LINK,
} from './inode.ts'
import { type BlockRun, extentDepth, mapBlocks } from './map-blocks.ts'
import { damaged, type MetadataReader } from './metadata-reader.ts'

/** A file whose content is checked, and where its blocks are, in the order of the file. */
/**
 * How much is read. `allocation`: bitmaps, inodes, and the blocks that these name, without which no block can be given
 * to a new file. Where inodes have checksums, the extent blocks of large files are left out: their blocks are only
 * counted, so one that is free or belongs to two files shows in the sum. `everything`: also extent blocks and directories, which are spread over the
 * volume.
 */
export type CheckDepth = 'everything' | 'allocation'

export interface FoundFile {
  readonly number: number
  readonly inode: Inode
  /** All bytes of the inode: inline data may be in its extended attributes. */
  readonly bytes: Uint8Array
  readonly blocks: readonly number[]
}

export const ROOT_INODE = 2
const BAD_BLOCKS_INODE = 1
const RESIZE_INODE = 7
/** The pointer to a block of pointers to blocks of pointers, in the inode by which descriptors may grow. */
const RESIZE_POINTER = 13
const INCOMPAT_EXTENTS = 0x40
const INCOMPAT_EA_INODE = 0x400
const INCOMPAT_INLINE_DATA = 0x8000
const ATTRIBUTE_MAGIC = 0xea020000
const ATTRIBUTE_REFERENCES = 4
const ATTRIBUTE_BLOCK_COUNT = 8
const SECTOR_BYTES = 512
/** Types of files: pipe, character device, directory, block device, file, link, socket. */
const TYPES: readonly number[] = [1, 2, 4, 6, 8, 10, 12]

/** All inodes in use. To make it is to check them, and to claim their blocks. Throws `EXT4_DAMAGED`. */
export class InodeCensus {
  readonly directories: FoundFile[] = []
  readonly links: FoundFile[] = []
  /** Null: it is not in use. */
  journal: FoundFile | null = null
  orphanFile: FoundFile | null = null
  /** By inode number. 0: not in use. */
  readonly types: Uint8Array
  readonly linkCounts: Uint16Array
  /** Blocks of files whose extent blocks were not read: which ones they are is not known. */
  unknownBlockCount = 0
  /** Inodes that hold values of extended attributes. No directory names them. */
  readonly attributeValues = new Set<number>()
  readonly #reader: MetadataReader
  readonly #owners: BlockOwners
  readonly #depth: CheckDepth
  /** References to each block of extended attributes that several inodes may share. */
  readonly #attributeBlocks = new Map<number, number>()

  constructor(reader: MetadataReader, groups: readonly GroupDescriptor[], owners: BlockOwners, depth: CheckDepth) {
    this.#depth = depth
    this.#reader = reader
    this.#owners = owners
    this.types = new Uint8Array(reader.superblock.inodeCount + 1)
    this.linkCounts = new Uint16Array(reader.superblock.inodeCount + 1)
    for (const [group, descriptor] of groups.entries()) this.#countGroup(group, descriptor)
    for (const [block, references] of this.#attributeBlocks) this.#checkAttributes(block, references)
  }

  #countGroup(group: number, descriptor: GroupDescriptor): void {
    const { inodesPerGroup, inodeByteLength, blockByteLength, firstInode } = this.#reader.superblock
    const { inodeBitmap, inodeBitmapChecksum, inodeTable, inodesUninitialized } = descriptor
    const usedCount = inodesUninitialized ? 0 : inodesPerGroup - descriptor.unusedInodeCount
    if (usedCount < 0) throw damaged(`group ${group} has fewer inodes than are unused`)
    if (group === 0 && usedCount < ROOT_INODE) throw damaged('its root is marked as unused')
    const table = this.#reader.readBlocks(inodeTable, Math.ceil((usedCount * inodeByteLength) / blockByteLength))
    const bitmap = inodesUninitialized ? new Uint8Array(blockByteLength) : this.#reader.readBlocks(inodeBitmap, 1)
    if (!inodesUninitialized)
      this.#reader.requireBitmapChecksum(bitmap, inodesPerGroup, inodeBitmapChecksum, `inode bitmap of group ${group}`)
    let freeCount = 0
    let directoryCount = 0
    for (let index = 0; index < inodesPerGroup; index += 1) {
      const number = group * inodesPerGroup + index + 1
      const at = index * inodeByteLength
      const inUse = index < usedCount && readU16(table, at + LINK_COUNT) !== 0
      const marked = hasBit(bitmap, index)
      // Reserved inodes are always marked.
      if (inUse !== marked && number >= firstInode)
        throw damaged(`inode ${number} is ${inUse ? 'in use, but marked as free' : 'marked as in use, but free'}`)
      if (!marked) freeCount += 1
      if (inUse || number === BAD_BLOCKS_INODE) this.#countInode(number, table.subarray(at, at + inodeByteLength))
      if (this.types[number] === TYPE_DIRECTORY) directoryCount += 1
    }
    if (!inodesUninitialized && !isFilledFrom(bitmap, inodesPerGroup))
      throw damaged(`the end of the inode bitmap of group ${group} is not filled`)
    if (freeCount !== descriptor.freeInodeCount)
      throw damaged(`group ${group} has ${freeCount} free inodes, but its descriptor says ${descriptor.freeInodeCount}`)
    if (directoryCount !== descriptor.directoryCount)
      throw damaged(
        `group ${group} has ${directoryCount} directories, but its descriptor says ${descriptor.directoryCount}`,
      )
  }

  #countInode(number: number, bytes: Uint8Array): void {
    const inode = decodeInode(bytes)
    if (inode.linkCount > 0) {
      this.#reader.requireInodeChecksum(number, bytes, inode)
      requireSoundExtra(number, inode, bytes)
    }
    const reserved = number < this.#reader.superblock.firstInode && number !== ROOT_INODE
    if (!reserved && !TYPES.includes(inode.type)) throw damaged(`inode ${number} has an unknown type`)
    if (!reserved && inode.deletedAt !== 0) throw damaged(`inode ${number} is in use, but has a time of deletion`)
    if (!reserved && inode.fragmentAddress !== 0) throw damaged(`inode ${number} has a fragment`)
    if (number === ROOT_INODE && inode.type !== TYPE_DIRECTORY) throw damaged('its root is no directory')
    this.#requireFeatures(number, inode)
    requireSoundAttributes(number, inode, bytes)
    this.types[number] = inode.type
    this.linkCounts[number] = inode.linkCount
    if (inode.isAttributeValue) this.attributeValues.add(number)
    const file = { number, inode, bytes, blocks: this.#claimBlocks(number, inode) }
    if (inode.type === TYPE_DIRECTORY) this.directories.push(file)
    if (inode.type === TYPE_LINK) this.links.push(file)
    if (number === this.#reader.superblock.journalInode) this.journal = file
    if (number === this.#reader.superblock.orphanFileInode) this.orphanFile = file
  }

  /** Says whether the content of an inode is checked, which can then have no holes. */
  #isRead(number: number, { type }: Inode): boolean {
    const { journalInode, orphanFileInode } = this.#reader.superblock
    return type === TYPE_DIRECTORY || type === TYPE_LINK || number === journalInode || number === orphanFileInode
  }

  #requireFeatures(number: number, { hasExtents, hasInlineData }: Inode): void {
    const { incompatFeatures } = this.#reader.superblock
    if (hasExtents && (incompatFeatures & INCOMPAT_EXTENTS) === 0)
      throw damaged(`inode ${number} has extents, which the volume has not`)
    if (hasInlineData && (incompatFeatures & INCOMPAT_INLINE_DATA) === 0)
      throw damaged(`inode ${number} has inline data, which the volume has not`)
  }

  /** Where values of attributes have inodes, the blocks of these count twice. */
  get #countsAttributeValues(): boolean {
    return (this.#reader.superblock.incompatFeatures & INCOMPAT_EA_INODE) !== 0
  }

  /** Claims the blocks of an inode. Returns those of its content, in its order. */
  #claimBlocks(number: number, inode: Inode): readonly number[] {
    const owner = (): string => `inode ${number}`
    const { blockByteLength } = this.#reader.superblock
    let count = this.#claimAttributes(number, inode, owner)
    const blocks: number[] = []
    if (number === RESIZE_INODE) {
      // All but one of its blocks are those that the superblocks reserve.
      const block = readU32(inode.map, RESIZE_POINTER * 4)
      if (block !== 0) this.#owners.claim(block, 1, owner)
      return []
    }
    let end = 0
    const visit = (run: BlockRun): void => {
      this.#owners.claim(run.block, run.count, owner)
      count += run.count
      if (run.logicalBlock === null) return
      if (!run.unwritten) end = run.logicalBlock + run.count
      if (!this.#isRead(number, inode)) return
      if (run.logicalBlock !== blocks.length) throw damaged(`inode ${number} has a hole`)
      for (let index = 0; index < run.count; index += 1) blocks.push(run.block + index)
    }
    const unit = inode.countsBlocks ? 1 : blockByteLength / SECTOR_BYTES
    const isCounted = number !== BAD_BLOCKS_INODE && !this.#countsAttributeValues
    if (isCounted && this.#isMapLeftOut(number, inode)) {
      this.unknownBlockCount += inode.sectorCount / unit - count
      return []
    }
    if (this.#hasMap(inode)) mapBlocks(this.#reader, number, inode, visit)
    if (isCounted && inode.sectorCount !== count * unit)
      throw damaged(`inode ${number} has ${count} blocks, but says ${inode.sectorCount / unit}`)
    this.#requireSize(number, inode, end)
    return blocks
  }

  /** Extent blocks are beside the files' data, all over the volume: see `CheckDepth`. */
  #isMapLeftOut(number: number, inode: Inode): boolean {
    const isSpread = inode.type === TYPE_FILE && inode.hasExtents && extentDepth(inode.map) > 0
    return this.#depth === 'allocation' && this.#reader.hasChecksums && isSpread && !this.#isRead(number, inode)
  }

  #requireSize(number: number, inode: Inode, end: number): void {
    const { blockByteLength } = this.#reader.superblock
    const tooShort = inode.type === TYPE_FILE && inode.byteLength < (end - 1) * blockByteLength
    const uneven = inode.type === TYPE_DIRECTORY && !inode.hasInlineData && inode.byteLength !== end * blockByteLength
    const tooLong =
      inode.type === TYPE_FILE && inode.byteLength > maxBlockCount(inode, blockByteLength) * blockByteLength
    const special = ![0, TYPE_FILE, TYPE_DIRECTORY, TYPE_LINK].includes(inode.type)
    if (special && (inode.byteLength !== 0 || inode.hasExtents || inode.hasIndex || inode.hasInlineData))
      throw damaged(`inode ${number} is no file, but has the size or the flags of one`)
    if ((end > 0 && tooShort) || uneven || tooLong)
      throw damaged(`inode ${number} has ${end} blocks of data, but a size of ${inode.byteLength} bytes`)
  }

  /** Says whether the inode has a map. A short link, inline data and devices use its place otherwise. */
  #hasMap(inode: Inode): boolean {
    const { type, hasInlineData } = inode
    if (hasInlineData) return false
    return type === TYPE_FILE || type === TYPE_DIRECTORY || type === 0 || (type === TYPE_LINK && !isShortLink(inode))
  }

  /** Returns how many blocks of attributes an inode has. */
  #claimAttributes(number: number, { attributeBlock }: Inode, owner: () => string): number {
    if (attributeBlock === 0 || number === BAD_BLOCKS_INODE) return 0
    const references = this.#attributeBlocks.get(attributeBlock) ?? 0
    if (references === 0) this.#owners.claim(attributeBlock, 1, () => `attributes of ${owner()}`)
    this.#attributeBlocks.set(attributeBlock, references + 1)
    return 1
  }

  #checkAttributes(block: number, references: number): void {
    const bytes = this.#reader.readBlocks(block, 1)
    if (readU32(bytes, 0) !== ATTRIBUTE_MAGIC || readU32(bytes, ATTRIBUTE_BLOCK_COUNT) !== 1)
      throw damaged(`the attributes in block ${block} are none`)
    this.#reader.requireAttributeChecksum(block, bytes)
    requireSoundAttributeBlock(block, bytes)
    const noted = readU32(bytes, ATTRIBUTE_REFERENCES)
    if (noted !== references)
      throw damaged(`${references} inodes have the attributes in block ${block}, which says ${noted}`)
  }
}

/** The fields behind the first 128 bytes end inside of the inode, and their lengths are multiples of four. */
function requireSoundExtra(number: number, { extraByteLength }: Inode, bytes: Uint8Array): void {
  if (extraByteLength % 4 !== 0 || SHORT_INODE_BYTES + extraByteLength > bytes.byteLength)
    throw damaged(`inode ${number} says that its further fields have ${extraByteLength} bytes`)
}

/** Extents number the blocks of a file with 32 bits; a map of single blocks has 15 pointers. */
function maxBlockCount({ hasExtents }: Inode, blockByteLength: number): number {
  const pointersPerBlock = blockByteLength / 4
  return hasExtents ? 2 ** 32 - 1 : 12 + pointersPerBlock + pointersPerBlock ** 2 + pointersPerBlock ** 3
}
