/**
 * ext4 inode: what is known of a file, except its name.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/dynamic.html#index-nodes
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'

export interface Inode {
  /** The type of a file, as the upper four bits of its mode. 4: directory, 8: file, 10: link. */
  readonly type: number
  readonly linkCount: number
  /** When the file was deleted, in seconds since 1970. 0: it was not. */
  readonly deletedAt: number
  readonly byteLength: number
  /** In units of 512 bytes, or of blocks if `countsBlocks`. */
  readonly sectorCount: number
  readonly countsBlocks: boolean
  readonly hasExtents: boolean
  readonly hasInlineData: boolean
  readonly hasIndex: boolean
  readonly isEncrypted: boolean
  readonly isAttributeValue: boolean
  /** Block of extended attributes. 0: none. */
  readonly attributeBlock: number
  readonly generation: number
  /** Always 0: ext4 has no fragments. */
  readonly fragmentAddress: number
  /** Sixty bytes: an extent tree, a block map, a short link, or inline data. */
  readonly map: Uint8Array
  /** Length of the fields after the first 128 bytes. */
  readonly extraByteLength: number
}

export const TYPE_DIRECTORY = 4
export const TYPE_FILE = 8
export const TYPE_LINK = 10

const MODE = 0x0
const SIZE_LOW = 0x4
const DELETED_AT = 0x14
export const LINK_COUNT = 0x1a
const SECTORS_LOW = 0x1c
const FLAGS = 0x20
const MAP = 0x28
const MAP_BYTES = 60
const GENERATION = 0x64
const ATTRIBUTES_LOW = 0x68
const SIZE_HIGH = 0x6c
const FRAGMENT_ADDRESS = 0x70
const SECTORS_HIGH = 0x74
const ATTRIBUTES_HIGH = 0x76
export const CHECKSUM_LOW = 0x7c
const EXTRA_SIZE = 0x80
export const CHECKSUM_HIGH = 0x82
export const SHORT_INODE_BYTES = 128

const FLAG_ENCRYPTED = 0x800
const FLAG_INDEX = 0x1000
const FLAG_HUGE_FILE = 0x40000
const FLAG_EXTENTS = 0x80000
const FLAG_ATTRIBUTE_VALUE = 0x200000
const FLAG_INLINE_DATA = 0x10000000
const TWO_TO_32 = 2 ** 32

/** Says whether a link is short enough for its target to have the place of the map. */
export function isShortLink({ byteLength }: Inode): boolean {
  return byteLength > 0 && byteLength < MAP_BYTES
}

export function decodeInode(bytes: Uint8Array): Inode {
  const flags = readU32(bytes, FLAGS)
  return {
    type: readU16(bytes, MODE) >>> 12,
    linkCount: readU16(bytes, LINK_COUNT),
    deletedAt: readU32(bytes, DELETED_AT),
    byteLength: readU32(bytes, SIZE_LOW) + readU32(bytes, SIZE_HIGH) * TWO_TO_32,
    sectorCount: readU32(bytes, SECTORS_LOW) + readU16(bytes, SECTORS_HIGH) * TWO_TO_32,
    countsBlocks: (flags & FLAG_HUGE_FILE) !== 0,
    hasExtents: (flags & FLAG_EXTENTS) !== 0,
    hasInlineData: (flags & FLAG_INLINE_DATA) !== 0,
    hasIndex: (flags & FLAG_INDEX) !== 0,
    isEncrypted: (flags & FLAG_ENCRYPTED) !== 0,
    isAttributeValue: (flags & FLAG_ATTRIBUTE_VALUE) !== 0,
    attributeBlock: readU32(bytes, ATTRIBUTES_LOW) + readU16(bytes, ATTRIBUTES_HIGH) * TWO_TO_32,
    generation: readU32(bytes, GENERATION),
    fragmentAddress: readU32(bytes, FRAGMENT_ADDRESS),
    map: bytes.subarray(MAP, MAP + MAP_BYTES),
    extraByteLength: bytes.byteLength > SHORT_INODE_BYTES ? readU16(bytes, EXTRA_SIZE) : 0,
  }
}
