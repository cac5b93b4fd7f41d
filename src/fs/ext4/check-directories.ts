/**
 * Directories of ext4: entries in blocks, or in the inode.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/dynamic.html#directory-entries
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'
import type { BuildError } from '../../errors.ts'
import { crc32c } from './crc32c.ts'
import { decodeIndexNode, isSoundIndex } from './directory-index.ts'
import { listInodeAttributes } from './inode-attributes.ts'
import { type FoundDirectory, type InodeCensus, ROOT_INODE } from './inode-census.ts'
import { TYPE_DIRECTORY } from './inode.ts'
import { damaged, type MetadataReader } from './metadata-reader.ts'

interface Entry {
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
/** From this count on, a directory with the feature `dir_nlink` says 1. */
const MAX_DIRECTORY_LINKS = 65_000
/** Types of files in entries, by the upper four bits of an inode's mode. */
const fileTypes: Readonly<Record<number, number>> = { 8: 1, 4: 2, 2: 3, 6: 4, 1: 5, 12: 6, 10: 7 }
const INLINE_MAP_BYTES = 60
const ATTRIBUTE_PREFIX_SYSTEM = 7

/**
 * Walks through all directories: each entry must name an inode in use by its type, each directory must have one place,
 * and each inode as many names as it says. Throws `EXT4_DAMAGED`.
 */
export function checkDirectories(reader: MetadataReader, census: InodeCensus): void {
  const references = new Uint32Array(census.types.length)
  const parents = new Map<number, number>([[ROOT_INODE, ROOT_INODE]])
  const named = new Map<number, number>()
  for (const directory of census.directories) {
    const [self, above, ...others] = [...entriesOf(reader, directory)]
    const { number } = directory
    if (self?.name !== '.' || self.inode !== number || above?.name !== '..')
      throw damaged(`directory inode ${number} does not begin with . and ..`)
    if (new Set(others.map(({ name }) => name)).size < others.length)
      throw damaged(`directory inode ${number} holds a name twice`)
    named.set(number, above.inode)
    references[number] = (references[number] ?? 0) + 1
    references[above.inode] = (references[above.inode] ?? 0) + 1
    for (const entry of others) {
      requireTarget(reader, census, number, entry)
      references[entry.inode] = (references[entry.inode] ?? 0) + 1
      if (census.types[entry.inode] !== TYPE_DIRECTORY) continue
      if (parents.has(entry.inode)) throw damaged(`directory inode ${entry.inode} has two places`)
      parents.set(entry.inode, number)
    }
  }
  for (const [number, above] of named) {
    if (parents.get(number) !== above) throw damaged(`.. of directory inode ${number} is not the directory above`)
  }
  requireReachable(parents)
  requireLinkCounts(reader, census, references)
}

function requireTarget(
  { superblock }: MetadataReader,
  { types }: InodeCensus,
  directory: number,
  { inode, name, fileType }: Entry,
): void {
  const type = types[inode] ?? 0
  const reserved = inode < superblock.firstInode
  if (type === 0 || reserved || name.includes('/') || name.includes('\0'))
    throw damaged(`an entry of directory inode ${directory} names inode ${inode}, which is not in use`)
  if (fileType !== 0 && fileType !== fileTypes[type])
    throw damaged(`an entry of directory inode ${directory} has another type than inode ${inode}`)
}

/** Each chain of directories above must end in the root. */
function requireReachable(parents: ReadonlyMap<number, number>): void {
  const reached = new Set([ROOT_INODE])
  for (const start of parents.keys()) {
    const passed: number[] = []
    for (let at = start; !reached.has(at); at = parents.get(at) ?? 0) {
      if (at === 0 || passed.includes(at)) throw damaged(`directory inode ${start} has no way to the root`)
      passed.push(at)
    }
    for (const one of passed) reached.add(one)
  }
}

function requireLinkCounts({ superblock }: MetadataReader, census: InodeCensus, references: Uint32Array): void {
  for (let number = ROOT_INODE; number < references.length; number += 1) {
    if (census.types[number] === 0 || (number < superblock.firstInode && number !== ROOT_INODE)) continue
    if (census.attributeValues.has(number)) continue
    const [counted = 0, noted] = [references[number], census.linkCounts[number]]
    const uncountable = census.types[number] === TYPE_DIRECTORY && counted >= MAX_DIRECTORY_LINKS && noted === 1
    // The orphan file of ext4 has no name, either.
    if (number === superblock.orphanFileInode) continue
    if (counted !== noted && !uncountable) throw damaged(`inode ${number} has ${counted} names, but says ${noted ?? 0}`)
  }
}

function* entriesOf(reader: MetadataReader, directory: FoundDirectory): Generator<Entry, void, undefined> {
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

function requireIndex(reader: MetadataReader, { number, inode, blocks }: FoundDirectory): void {
  if (!inode.hasIndex || (reader.superblock.compatFeatures & COMPAT_DIR_INDEX) === 0) return
  const readBlock = (index: number): Uint8Array => reader.readBlocks(blocks[index] ?? 0, 1)
  if (!isSoundIndex(readBlock, blocks.length, reader.hasChecksums))
    throw damaged(`the index of directory inode ${number} is damaged`)
}

function* parseEntries(
  { superblock }: MetadataReader,
  { number }: FoundDirectory,
  bytes: Uint8Array,
): Generator<Entry, void, undefined> {
  const keepsTypes = (superblock.incompatFeatures & INCOMPAT_FILETYPE) !== 0
  for (let at = 0; at < bytes.byteLength;) {
    const room = bytes.byteLength - at
    if (room < HEADER_BYTES) throw damaged(`directory inode ${number} has a damaged entry`)
    const inode = readU32(bytes, at)
    const rawLength = readU16(bytes, at + 4)
    // A block of 64 KiB is one more than the field holds.
    const length = rawLength === 0xffff || rawLength === 0 ? 65_536 : rawLength
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

function requireBlockChecksum(
  reader: MetadataReader,
  { number, inode }: FoundDirectory,
  index: number,
  bytes: Uint8Array,
): void {
  if (!reader.hasChecksums) return
  const wrong = (): BuildError => damaged(`the checksum of a block of directory inode ${number} does not match`)
  const seed = reader.inodeSeed(number, inode)
  const tail = bytes.byteLength - TAIL_BYTES
  if (readU32(bytes, tail) === 0 && readU16(bytes, tail + 4) === TAIL_BYTES && bytes[tail + 7] === TAIL_TYPE) {
    if (crc32c(seed, bytes.subarray(0, tail)) !== readU32(bytes, tail + 8)) throw wrong()
    return
  }
  if (!inode.hasIndex) throw damaged(`a block of directory inode ${number} has no checksum`)
  // A node of the index.
  const { limit, count, start } = decodeIndexNode(bytes, index === 0 ? 'root' : 'node')
  const end = start + limit * INDEX_ENTRY_BYTES
  if (end + 8 > bytes.byteLength || count > limit) throw wrong()
  const covered = crc32c(seed, bytes.subarray(0, start + count * INDEX_ENTRY_BYTES))
  const computed = crc32c(crc32c(covered, bytes.subarray(end, end + 4)), new Uint8Array(4))
  if (computed !== readU32(bytes, end + 4)) throw wrong()
}

const INDEX_ENTRY_BYTES = 8

/** Inline entries: the directory above, then entries in the inode, then those in its attribute `system.data`. */
function* inlineEntries(reader: MetadataReader, directory: FoundDirectory): Generator<Entry, void, undefined> {
  const { number, inode } = directory
  yield { inode: number, name: '.', fileType: 0 }
  yield { inode: readU32(inode.map, 0), name: '..', fileType: 0 }
  yield* parseEntries(reader, directory, inode.map.subarray(4, INLINE_MAP_BYTES))
  const more = inlineAttribute(directory)
  if (more !== null && more.byteLength > 0) yield* parseEntries(reader, directory, more)
}

function inlineAttribute({ bytes, inode }: FoundDirectory): Uint8Array | null {
  for (const { prefix, name, valueStart, valueByteLength } of listInodeAttributes(inode, bytes)) {
    if (prefix === ATTRIBUTE_PREFIX_SYSTEM && name === 'data')
      return bytes.subarray(valueStart, valueStart + valueByteLength)
  }
  return null
}
