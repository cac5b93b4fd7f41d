/**
 * The blocks of an inode: an extent tree, or a map of single blocks as in ext2.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/dynamic.html#the-contents-of-inode-i-block
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'
import type { BuildError } from '../../errors.ts'
import { crc32c } from './crc32c.ts'
import type { Inode } from './inode.ts'
import { damaged, type MetadataReader } from './metadata-reader.ts'

/** Blocks of a file that follow each other both in the file and on the volume. */
export interface BlockRun {
  /** Number of the first block in the file. Null: the run holds parts of the map itself. */
  readonly logicalBlock: number | null
  readonly block: number
  readonly count: number
  /** Reserved for a file, but not written: it reads as zeros. */
  readonly unwritten: boolean
}

const EXTENT_MAGIC = 0xf30a
const EXTENT_BYTES = 12
const MAX_DEPTH = 5
/** Entries whose room a checksum may have. */
const SPARE_COUNT = 2
/** Longer lengths mean that the extent is not written. */
const MAX_WRITTEN_COUNT = 0x8000
const DIRECT_COUNT = 12
const POINTER_BYTES = 4
const TWO_TO_32 = 2 ** 32

type Visit = (run: BlockRun) => void

/**
 * Passes the blocks of an inode and of its map to `visit`, in the order of the file. Each block of the map comes before
 * it is read, so that `visit` can refuse it. Throws `EXT4_DAMAGED`.
 */
export function mapBlocks(reader: MetadataReader, number: number, inode: Inode, visit: Visit): void {
  if (inode.hasExtents) new ExtentWalk(reader, number, inode, visit).walk(inode.map, null)
  else walkPointers(reader, inode, visit)
}

/** Levels of extent blocks below an inode's own entries. 0: the inode holds all extents. */
export function extentDepth(map: Uint8Array): number {
  return readU16(map, 6)
}

class ExtentWalk {
  readonly #reader: MetadataReader
  readonly #number: number
  readonly #inode: Inode
  readonly #visit: Visit
  #nextLogical = 0

  constructor(reader: MetadataReader, number: number, inode: Inode, visit: Visit) {
    this.#reader = reader
    this.#number = number
    this.#inode = inode
    this.#visit = visit
  }

  /** `depth`: null for the root, which may have any. */
  walk(node: Uint8Array, depth: number | null): void {
    const [entryCount, maxCount, ownDepth] = [readU16(node, 2), readU16(node, 4), readU16(node, 6)]
    const room = Math.floor(node.byteLength / EXTENT_BYTES) - 1
    const fits = entryCount <= maxCount && maxCount <= room && maxCount >= room - SPARE_COUNT
    if (readU16(node, 0) !== EXTENT_MAGIC || !fits || ownDepth > MAX_DEPTH) throw this.#broken()
    if (depth !== null && (ownDepth !== depth || entryCount === 0)) throw this.#broken()
    for (let at = EXTENT_BYTES; at <= entryCount * EXTENT_BYTES; at += EXTENT_BYTES) {
      const logicalBlock = readU32(node, at)
      if (logicalBlock < this.#nextLogical) throw this.#broken()
      if (ownDepth === 0) this.#visitExtent(node, at, logicalBlock)
      else {
        const block = readU32(node, at + 4) + readU16(node, at + 8) * TWO_TO_32
        this.#visit({ logicalBlock: null, block, count: 1, unwritten: false })
        this.walk(this.#readNode(block), ownDepth - 1)
      }
    }
  }

  #visitExtent(node: Uint8Array, at: number, logicalBlock: number): void {
    const rawCount = readU16(node, at + 4)
    const unwritten = rawCount > MAX_WRITTEN_COUNT
    const count = unwritten ? rawCount - MAX_WRITTEN_COUNT : rawCount
    if (count === 0) throw this.#broken()
    this.#nextLogical = logicalBlock + count
    const block = readU32(node, at + 8) + readU16(node, at + 6) * TWO_TO_32
    this.#visit({ logicalBlock, block, count, unwritten })
  }

  #readNode(block: number): Uint8Array {
    const bytes = this.#reader.readBlocks(block, 1)
    const tail = (readU16(bytes, 4) + 1) * EXTENT_BYTES
    if (!this.#reader.hasChecksums || tail + 4 > bytes.byteLength) return bytes
    if (crc32c(this.#reader.inodeSeed(this.#number, this.#inode), bytes, 0, tail) !== readU32(bytes, tail))
      throw damaged(`the checksum of an extent block of inode ${this.#number} does not match`)
    return bytes
  }

  #broken(): BuildError {
    return damaged(`inode ${this.#number} has a damaged extent tree`)
  }
}

/** Twelve pointers to blocks, then one each to a block of pointers, to a block of such blocks, and so on. */
function walkPointers(reader: MetadataReader, { map }: Inode, visit: Visit): void {
  const pointersPerBlock = reader.superblock.blockByteLength / POINTER_BYTES
  let logicalBlock = 0
  const walk = (block: number, level: number): void => {
    if (block === 0) {
      logicalBlock += pointersPerBlock ** level
      return
    }
    visit({ logicalBlock: level === 0 ? logicalBlock : null, block, count: 1, unwritten: false })
    if (level === 0) {
      logicalBlock += 1
      return
    }
    const pointers = reader.readBlocks(block, 1)
    for (let index = 0; index < pointersPerBlock; index += 1) walk(readU32(pointers, index * POINTER_BYTES), level - 1)
  }
  for (let index = 0; index < map.byteLength / POINTER_BYTES; index += 1)
    walk(readU32(map, index * POINTER_BYTES), Math.max(0, index - DIRECT_COUNT + 1))
}
