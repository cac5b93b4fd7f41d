/**
 * ext4 superblock: 1024 bytes at byte 1024 of the volume.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/globals.html#super-block
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'
import { decodePaddedAscii } from '../../text/encoding.ts'

/** Bytes from the start of the volume. */
export const SUPERBLOCK_OFFSET = 1024
export const SUPERBLOCK_BYTES = 1024

const BLOCK_COUNT_LOW = 0x04
const FREE_BLOCK_COUNT_LOW = 0x0c
const LOG_BLOCK_SIZE = 0x18
const WRITE_TIME = 0x30
const MAGIC = 0x38
const STATE = 0x3a
const FEATURE_COMPAT = 0x5c
const FEATURE_INCOMPAT = 0x60
const FEATURE_RO_COMPAT = 0x64
const UUID = 0x68
const UUID_BYTES = 16
const LABEL = 0x78
const LABEL_BYTES = 16
const LAST_ORPHAN = 0xe8
const BLOCK_COUNT_HIGH = 0x150
const FREE_BLOCK_COUNT_HIGH = 0x158
const WRITE_TIME_HIGH = 0x274

const MAGIC_VALUE = 0xef53
const STATE_CLEAN = 0x1
const STATE_ERRORS = 0x2
const TWO_TO_32 = 2 ** 32

export interface Ext4Superblock {
  readonly label: string
  /** Lower-case hexadecimal digits in five groups. */
  readonly uuid: string
  readonly blockByteLength: number
  readonly blockCount: number
  readonly freeBlockCount: number
  /** Last time that the volume was written. */
  readonly writeTime: Date
  readonly clean: boolean
  readonly hasErrors: boolean
  /** Inode number of the first orphan to delete. 0: none. */
  readonly lastOrphan: number
  readonly compatFeatures: number
  readonly incompatFeatures: number
  readonly readOnlyCompatFeatures: number
}

/** Decodes a superblock. Returns null if the magic number 0xEF53 is missing. */
export function decodeExt4Superblock(bytes: Uint8Array): Ext4Superblock | null {
  if (readU16(bytes, MAGIC) !== MAGIC_VALUE) return null
  const state = readU16(bytes, STATE)
  return {
    label: decodePaddedAscii(bytes.subarray(LABEL, LABEL + LABEL_BYTES)),
    uuid: formatUuid(bytes.subarray(UUID, UUID + UUID_BYTES)),
    blockByteLength: 1024 * 2 ** readU32(bytes, LOG_BLOCK_SIZE),
    blockCount: readU32(bytes, BLOCK_COUNT_LOW) + readU32(bytes, BLOCK_COUNT_HIGH) * TWO_TO_32,
    freeBlockCount: readU32(bytes, FREE_BLOCK_COUNT_LOW) + readU32(bytes, FREE_BLOCK_COUNT_HIGH) * TWO_TO_32,
    writeTime: new Date((readU32(bytes, WRITE_TIME) + (bytes[WRITE_TIME_HIGH] ?? 0) * TWO_TO_32) * 1000),
    clean: (state & STATE_CLEAN) !== 0,
    hasErrors: (state & STATE_ERRORS) !== 0,
    lastOrphan: readU32(bytes, LAST_ORPHAN),
    compatFeatures: readU32(bytes, FEATURE_COMPAT),
    incompatFeatures: readU32(bytes, FEATURE_INCOMPAT),
    readOnlyCompatFeatures: readU32(bytes, FEATURE_RO_COMPAT),
  }
}

function formatUuid(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes).toString('hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
