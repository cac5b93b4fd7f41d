/**
 * ext4 group descriptor: where a group's bitmaps and inode table are, and how much of them is free.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/globals.html#block-group-descriptors
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'

export interface GroupDescriptor {
  readonly blockBitmap: number
  readonly inodeBitmap: number
  readonly inodeTable: number
  readonly freeBlockCount: number
  readonly freeInodeCount: number
  readonly directoryCount: number
  /** Inodes at the end of the table that were never used. */
  readonly unusedInodeCount: number
  /** The bitmaps were never written: nothing is in use but metadata. */
  readonly inodesUninitialized: boolean
  readonly blocksUninitialized: boolean
  readonly blockBitmapChecksum: number
  readonly inodeBitmapChecksum: number
  readonly checksum: number
}

/** Where the checksum of the descriptor is. It counts as zero. */
export const DESCRIPTOR_CHECKSUM = 0x1e
export const DESCRIPTOR_CHECKSUM_BYTES = 2

const INODES_UNINITIALIZED = 0x1
const BLOCKS_UNINITIALIZED = 0x2
const WIDE_BYTES = 64
const TWO_TO_16 = 2 ** 16
const TWO_TO_32 = 2 ** 32

/** Decodes a descriptor of 32 bytes, or of 64 with the upper halves of its numbers. */
export function decodeGroupDescriptor(bytes: Uint8Array): GroupDescriptor {
  const wide = bytes.byteLength >= WIDE_BYTES
  const block = (low: number, high: number): number =>
    readU32(bytes, low) + (wide ? readU32(bytes, high) * TWO_TO_32 : 0)
  const count = (low: number, high: number): number =>
    readU16(bytes, low) + (wide ? readU16(bytes, high) * TWO_TO_16 : 0)
  const flags = readU16(bytes, 0x12)
  return {
    blockBitmap: block(0x0, 0x20),
    inodeBitmap: block(0x4, 0x24),
    inodeTable: block(0x8, 0x28),
    freeBlockCount: count(0xc, 0x2c),
    freeInodeCount: count(0xe, 0x2e),
    directoryCount: count(0x10, 0x30),
    unusedInodeCount: count(0x1c, 0x32),
    inodesUninitialized: (flags & INODES_UNINITIALIZED) !== 0,
    blocksUninitialized: (flags & BLOCKS_UNINITIALIZED) !== 0,
    blockBitmapChecksum: count(0x18, 0x38),
    inodeBitmapChecksum: count(0x1a, 0x3a),
    checksum: readU16(bytes, DESCRIPTOR_CHECKSUM),
  }
}
