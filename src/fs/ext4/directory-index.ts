/**
 * The index of a large directory: a tree of hashes, in blocks that look like unused entries to older systems.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/dynamic.html#hash-tree-directories
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'

const ROOT_RESERVED = 24
const ROOT_HASH_VERSION = 28
const ROOT_INFO_LENGTH = 29
const ROOT_LEVELS = 30
const ROOT_INFO_BYTES = 8
const MAX_HASH_VERSION = 5
const MAX_LEVELS = 3
/** Where limit and count are: in the first block after `.` and `..`, else after one empty entry. */
const ROOT_ENTRIES = 32
const NODE_ENTRIES = 8
export const INDEX_ENTRY_BYTES = 8
const CHECKSUM_BYTES = 8

/** Limit and count of the entries of a node. The first entry has no hash: they take its place. */
export interface IndexNode {
  readonly limit: number
  readonly count: number
  /** Where the entries begin in the block. */
  readonly start: number
}

export function decodeIndexNode(block: Uint8Array, kind: 'root' | 'node'): IndexNode {
  const start = kind === 'root' ? ROOT_ENTRIES : NODE_ENTRIES
  return { limit: readU16(block, start), count: readU16(block, start + 2), start }
}

/**
 * Says whether the index of a directory is sound: hashes ascend, and it leads to each block once. `readBlock` reads a
 * block by its number in the directory.
 */
export function isSoundIndex(
  readBlock: (index: number) => Uint8Array,
  blockCount: number,
  hasChecksums: boolean,
): boolean {
  const root = readBlock(0)
  const levels = root[ROOT_LEVELS] ?? 0
  const soundRoot =
    readU32(root, ROOT_RESERVED) === 0 &&
    (root[ROOT_HASH_VERSION] ?? 0) <= MAX_HASH_VERSION &&
    root[ROOT_INFO_LENGTH] === ROOT_INFO_BYTES &&
    levels <= MAX_LEVELS
  const seen = new Set([0])
  const isSound = (block: Uint8Array, kind: 'root' | 'node', depth: number): boolean => {
    const { limit, count, start } = decodeIndexNode(block, kind)
    const room = block.byteLength - start - (hasChecksums ? CHECKSUM_BYTES : 0)
    if (limit !== Math.floor(room / INDEX_ENTRY_BYTES) || count === 0 || count > limit) return false
    let lastHash = -1
    for (let entry = 0; entry < count; entry += 1) {
      const at = start + entry * INDEX_ENTRY_BYTES
      const hash = entry === 0 ? 0 : readU32(block, at)
      const child = readU32(block, at + 4) & 0x0fffffff
      // The lowest bit says that names of one hash go on in the next block.
      if (hash < lastHash || child >= blockCount || seen.has(child)) return false
      lastHash = hash
      seen.add(child)
      if (depth > 0 && !isSound(readBlock(child), 'node', depth - 1)) return false
    }
    return true
  }
  return soundRoot && isSound(root, 'root', levels) && seen.size === blockCount
}
