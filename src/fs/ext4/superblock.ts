/**
 * ext4 superblock: 1024 bytes at byte 1024 of the volume.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/globals.html#super-block
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'
import { decodePaddedAscii } from '../../text/encoding.ts'

/** Bytes from the start of the volume. */
export const SUPERBLOCK_OFFSET = 1024
export const SUPERBLOCK_BYTES = 1024

const INODE_COUNT = 0x00
const BLOCK_COUNT_LOW = 0x04
const RESERVED_BLOCK_COUNT_LOW = 0x08
const FREE_BLOCK_COUNT_LOW = 0x0c
const FREE_INODE_COUNT = 0x10
const FIRST_DATA_BLOCK = 0x14
const LOG_BLOCK_SIZE = 0x18
const LOG_CLUSTER_SIZE = 0x1c
const BLOCKS_PER_GROUP = 0x20
const CLUSTERS_PER_GROUP = 0x24
const INODES_PER_GROUP = 0x28
const WRITE_TIME = 0x30
const MAGIC = 0x38
const STATE = 0x3a
const REVISION = 0x4c
const FIRST_INODE = 0x54
const INODE_SIZE = 0x58
const FEATURE_COMPAT = 0x5c
const FEATURE_INCOMPAT = 0x60
const FEATURE_RO_COMPAT = 0x64
const UUID = 0x68
const UUID_BYTES = 16
const LABEL = 0x78
const LABEL_BYTES = 16
const RESERVED_GDT_BLOCKS = 0xce
const JOURNAL_UUID = 0xd0
const JOURNAL_INODE = 0xe0
const JOURNAL_DEVICE = 0xe4
const LAST_ORPHAN = 0xe8
const DESCRIPTOR_SIZE = 0xfe
const BLOCK_COUNT_HIGH = 0x150
const RESERVED_BLOCK_COUNT_HIGH = 0x154
const FREE_BLOCK_COUNT_HIGH = 0x158
const BACKUP_GROUPS = 0x24c
const CHECKSUM_SEED = 0x270
const WRITE_TIME_HIGH = 0x274
const ORPHAN_FILE_INODE = 0x280
/** CRC32C of all bytes before it. */
export const SUPERBLOCK_CHECKSUM = 0x3fc

/** In revision 0, these are no fields. */
const FIRST_INODE_OF_REVISION_0 = 11
const INODE_SIZE_OF_REVISION_0 = 128
const DESCRIPTOR_SIZE_OF_32_BIT = 32
const INCOMPAT_64BIT = 0x80
const COMPAT_HAS_JOURNAL = 0x4
const COMPAT_ORPHAN_FILE = 0x1000

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
  /** Blocks that only root can fill. */
  readonly reservedBlockCount: number
  /** 0 or 1. */
  readonly revision: number
  readonly inodeCount: number
  readonly freeInodeCount: number
  /** Block in which the first group begins: 1 where blocks have 1 KiB, else 0. */
  readonly firstDataBlock: number
  readonly blocksPerGroup: number
  /** Says whether the fields of `bigalloc`, which the volume has not, say the same as those for blocks. */
  readonly hasBlocksAsClusters: boolean
  readonly inodesPerGroup: number
  readonly inodeByteLength: number
  /** The first inode that is not reserved. */
  readonly firstInode: number
  readonly descriptorByteLength: number
  /** Blocks after each copy of the group descriptors, into which these may grow. */
  readonly reservedGdtBlockCount: number
  /** Groups with copies of the superblock, where `sparse_super2` names them. */
  readonly backupGroups: readonly number[]
  /** Seed of checksums, where `metadata_csum_seed` keeps it apart from the UUID. */
  readonly checksumSeed: number
  /** Last time that the volume was written. */
  readonly writeTime: Date
  readonly clean: boolean
  readonly hasErrors: boolean
  readonly hasJournal: boolean
  /** Inode of the journal. 0: there is none. */
  readonly journalInode: number
  /** Says whether the journal is on another device. */
  readonly hasExternalJournal: boolean
  /** Inode number of the first orphan to delete. 0: none. */
  readonly lastOrphan: number
  readonly hasOrphanFile: boolean
  /** Inode of the orphan file. 0: there is none. */
  readonly orphanFileInode: number
  readonly compatFeatures: number
  readonly incompatFeatures: number
  readonly readOnlyCompatFeatures: number
}

/** Decodes a superblock. Returns null if the magic number 0xEF53 is missing. */
export function decodeExt4Superblock(bytes: Uint8Array): Ext4Superblock | null {
  if (readU16(bytes, MAGIC) !== MAGIC_VALUE) return null
  const state = readU16(bytes, STATE)
  const revision = readU32(bytes, REVISION)
  const hasRevision = revision > 0
  const compatFeatures = readU32(bytes, FEATURE_COMPAT)
  const incompatFeatures = readU32(bytes, FEATURE_INCOMPAT)
  const hasJournal = (compatFeatures & COMPAT_HAS_JOURNAL) !== 0
  const hasOrphanFile = (compatFeatures & COMPAT_ORPHAN_FILE) !== 0
  return {
    label: decodePaddedAscii(bytes.subarray(LABEL, LABEL + LABEL_BYTES)),
    uuid: formatUuid(bytes.subarray(UUID, UUID + UUID_BYTES)),
    blockByteLength: 1024 * 2 ** readU32(bytes, LOG_BLOCK_SIZE),
    blockCount: readU32(bytes, BLOCK_COUNT_LOW) + readU32(bytes, BLOCK_COUNT_HIGH) * TWO_TO_32,
    freeBlockCount: readU32(bytes, FREE_BLOCK_COUNT_LOW) + readU32(bytes, FREE_BLOCK_COUNT_HIGH) * TWO_TO_32,
    reservedBlockCount:
      readU32(bytes, RESERVED_BLOCK_COUNT_LOW) + readU32(bytes, RESERVED_BLOCK_COUNT_HIGH) * TWO_TO_32,
    revision,
    inodeCount: readU32(bytes, INODE_COUNT),
    freeInodeCount: readU32(bytes, FREE_INODE_COUNT),
    firstDataBlock: readU32(bytes, FIRST_DATA_BLOCK),
    blocksPerGroup: readU32(bytes, BLOCKS_PER_GROUP),
    hasBlocksAsClusters:
      readU32(bytes, LOG_CLUSTER_SIZE) === readU32(bytes, LOG_BLOCK_SIZE) &&
      readU32(bytes, CLUSTERS_PER_GROUP) === readU32(bytes, BLOCKS_PER_GROUP),
    inodesPerGroup: readU32(bytes, INODES_PER_GROUP),
    inodeByteLength: hasRevision ? readU16(bytes, INODE_SIZE) : INODE_SIZE_OF_REVISION_0,
    firstInode: hasRevision ? readU32(bytes, FIRST_INODE) : FIRST_INODE_OF_REVISION_0,
    descriptorByteLength:
      (incompatFeatures & INCOMPAT_64BIT) === 0 ? DESCRIPTOR_SIZE_OF_32_BIT : readU16(bytes, DESCRIPTOR_SIZE),
    reservedGdtBlockCount: readU16(bytes, RESERVED_GDT_BLOCKS),
    backupGroups: [readU32(bytes, BACKUP_GROUPS), readU32(bytes, BACKUP_GROUPS + 4)],
    checksumSeed: readU32(bytes, CHECKSUM_SEED),
    writeTime: new Date((readU32(bytes, WRITE_TIME) + (bytes[WRITE_TIME_HIGH] ?? 0) * TWO_TO_32) * 1000),
    clean: (state & STATE_CLEAN) !== 0,
    hasErrors: (state & STATE_ERRORS) !== 0,
    hasJournal,
    journalInode: hasJournal ? readU32(bytes, JOURNAL_INODE) : 0,
    hasExternalJournal:
      hasJournal &&
      (readU32(bytes, JOURNAL_DEVICE) !== 0 || bytes.subarray(JOURNAL_UUID, JOURNAL_UUID + UUID_BYTES).some(Boolean)),
    lastOrphan: readU32(bytes, LAST_ORPHAN),
    hasOrphanFile,
    orphanFileInode: hasOrphanFile ? readU32(bytes, ORPHAN_FILE_INODE) : 0,
    compatFeatures,
    incompatFeatures,
    readOnlyCompatFeatures: readU32(bytes, FEATURE_RO_COMPAT),
  }
}

function formatUuid(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes).toString('hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
