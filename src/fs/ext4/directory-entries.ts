/**
 * Directories of ext4: entries in blocks, or in the inode.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/dynamic.html#directory-entries
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'
import { crc32c } from './crc32c.ts'
import { decodeIndexNode, INDEX_ENTRY_BYTES, isSoundIndex } from './directory-index.ts'
import { listInodeAttributes } from './inode-attributes.ts'
import type { FoundFile } from './inode-census.ts'
import { damaged, type MetadataReader } from './metadata-reader.ts'

export interface DirectoryEntry {
  readonly inode: number
  readonly name: string
  /** 0: the volume does not keep types in entries. */
  readonly fileType: number
}

const COMPAT_DIR_INDEX = 0x20
const INCOMPAT_FILETYPE = 0x2
const HEADER_BYTES = 8
const TAIL_BYTES = 12
const TAIL_TYPE = 0xde
const INLINE_MAP_BYTES = 60
const ATTRIBUTE_PREFIX_SYSTEM = 7

/** Reads the entries of a directory, and compares the checksums of its blocks. Throws `EXT4_DAMAGED`. */
export function* entriesOf(reader: MetadataReader, directory: FoundFile): Generator<DirectoryEntry, void, undefined> {
  if (directory.inode.hasInlineData) {
    yield* inlineEntries(reader, directory)
    return
  }
  requireIndex(reader, directory)
  for (const [index, block] of directory.blocks.entries()) {
    const bytes = reader.readBlocks(block, 1)
    requireBlockChecksum(reader, directory, index, bytes)
    yield* parseEntries(reader, directory, bytes)
  }
}

function requireIndex(reader: MetadataReader, { number, inode, blocks }: FoundFile): void {
  if (!inode.hasIndex || (reader.superblock.compatFeatures & COMPAT_DIR_INDEX) === 0) return
  const readBlock = (index: number): Uint8Array => reader.readBlocks(blocks[index] ?? 0, 1)
  if (!isSoundIndex(readBlock, blocks.length, reader.hasChecksums))
    throw damaged(`the index of directory inode ${number} is damaged`)
}

function* parseEntries(
  { superblock }: MetadataReader,
  { number }: FoundFile,
  bytes: Uint8Array,
): Generator<DirectoryEntry, void, undefined> {
  const keepsTypes = (superblock.incompatFeatures & INCOMPAT_FILETYPE) !== 0
  for (let at = 0; at < bytes.byteLength;) {
    const room = bytes.byteLength - at
    if (room < HEADER_BYTES) throw damaged(`directory inode ${number} has a damaged entry`)
    const inode = readU32(bytes, at)
    const length = entryLength(bytes, at)
    const nameLength = bytes[at + 6] ?? 0
    if (length < HEADER_BYTES + nameLength || length % 4 !== 0 || length > room)
      throw damaged(`directory inode ${number} has a damaged entry`)
    if (inode !== 0) {
      if (nameLength === 0) throw damaged(`directory inode ${number} has an entry without a name`)
      const name = Buffer.from(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + nameLength)).toString('latin1')
      yield { inode, name, fileType: keepsTypes ? (bytes[at + 7] ?? 0) : 0 }
    }
    at += length
  }
}

function entryLength(bytes: Uint8Array, at: number): number {
  const length = readU16(bytes, at + 4)
  // A block of 64 KiB is one more than the field holds.
  return length === 0xffff || length === 0 ? 65_536 : length
}

function requireBlockChecksum(
  reader: MetadataReader,
  { number, inode }: FoundFile,
  index: number,
  bytes: Uint8Array,
): void {
  if (!reader.hasChecksums) return
  const seed = reader.inodeSeed(number, inode)
  const sound = hasTail(bytes)
    ? isSoundLeaf(bytes, seed)
    : inode.hasIndex && isSoundNode(bytes, index === 0 ? 'root' : 'node', seed)
  if (!sound) throw damaged(`the checksum of a block of directory inode ${number} does not match`)
}

/**
 * Says whether entries end in the one that holds the checksum. The bytes alone do not tell: when a directory gets an
 * index, the kernel leaves them in the root of the index, inside its last entry.
 */
function hasTail(bytes: Uint8Array): boolean {
  const tail = bytes.byteLength - TAIL_BYTES
  let at = 0
  while (at < tail) at += entryLength(bytes, at)
  return (
    at === tail &&
    readU32(bytes, tail) === 0 &&
    readU16(bytes, tail + 4) === TAIL_BYTES &&
    bytes[tail + 7] === TAIL_TYPE
  )
}

function isSoundLeaf(bytes: Uint8Array, seed: number): boolean {
  const tail = bytes.byteLength - TAIL_BYTES
  return crc32c(seed, bytes.subarray(0, tail)) === readU32(bytes, tail + 8)
}

/** The checksum of a node of the index is behind the space for its entries. */
function isSoundNode(bytes: Uint8Array, kind: 'root' | 'node', seed: number): boolean {
  const { limit, count, start } = decodeIndexNode(bytes, kind)
  const end = start + limit * INDEX_ENTRY_BYTES
  if (end + 8 > bytes.byteLength || count > limit) return false
  const covered = crc32c(seed, bytes.subarray(0, start + count * INDEX_ENTRY_BYTES))
  return crc32c(crc32c(covered, bytes.subarray(end, end + 4)), new Uint8Array(4)) === readU32(bytes, end + 4)
}

/** Inline entries: the directory above, then entries in the inode, then those in its attribute `system.data`. */
function* inlineEntries(reader: MetadataReader, directory: FoundFile): Generator<DirectoryEntry, void, undefined> {
  const { number, inode } = directory
  yield { inode: number, name: '.', fileType: 0 }
  yield { inode: readU32(inode.map, 0), name: '..', fileType: 0 }
  yield* parseEntries(reader, directory, inode.map.subarray(4, INLINE_MAP_BYTES))
  const more = inlineAttribute(directory)
  if (more !== null && more.byteLength > 0) yield* parseEntries(reader, directory, more)
}

function inlineAttribute({ bytes, inode }: FoundFile): Uint8Array | null {
  for (const { prefix, name, valueStart, valueByteLength } of listInodeAttributes(inode, bytes)) {
    if (prefix === ATTRIBUTE_PREFIX_SYSTEM && name === 'data')
      return bytes.subarray(valueStart, valueStart + valueByteLength)
  }
  return null
}
