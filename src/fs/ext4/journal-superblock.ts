/**
 * Journal superblock: the first block of the journal. Its numbers are big-endian.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/journal.html#super-block
 */
import { crc32c } from './crc32c.ts'

const MAGIC = 0xc03b3998
const BLOCK_TYPE = 0x4
const VERSION_1 = 3
const VERSION_2 = 4
const BLOCK_SIZE = 0xc
const BLOCK_COUNT = 0x10
const FIRST_LOG_BLOCK = 0x14
const FEATURE_COMPAT = 0x24
const FEATURE_INCOMPAT = 0x28
const FEATURE_RO_COMPAT = 0x2c
const USER_COUNT = 0x40
const CHECKSUM_TYPE = 0x50
const FAST_COMMIT_BLOCK_COUNT = 0x54
const CHECKSUM = 0xfc
const SUPERBLOCK_BYTES = 1024

const COMPAT_CHECKSUM = 0x1
const INCOMPAT_CHECKSUM_V2 = 0x8
const INCOMPAT_CHECKSUM_V3 = 0x10
const INCOMPAT_FAST_COMMIT = 0x20
const KNOWN_INCOMPAT = 0x3f
const CHECKSUM_TYPE_CRC32C = 4
const MIN_BLOCK_COUNT = 1024
const DEFAULT_FAST_COMMIT_BLOCK_COUNT = 256

/** Says whether e2fsck and Linux can use a journal, whose file has `blockCount` blocks of the length of the first one. */
export function isSoundJournal(block: Uint8Array, blockCount: number): boolean {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const version = view.getUint32(BLOCK_TYPE)
  const ownBlockCount = view.getUint32(BLOCK_COUNT)
  const firstLogBlock = view.getUint32(FIRST_LOG_BLOCK)
  return (
    view.getUint32(0) === MAGIC &&
    (version === VERSION_1 || (version === VERSION_2 && hasSoundFeatures(view))) &&
    view.getUint32(BLOCK_SIZE) === block.byteLength &&
    ownBlockCount <= blockCount &&
    firstLogBlock > 0 &&
    firstLogBlock < ownBlockCount &&
    ownBlockCount - (version === VERSION_2 ? fastCommitBlockCount(view) : 0) >= MIN_BLOCK_COUNT
  )
}

/** Version 1 ends before the features. Only one kind of checksum can be on. */
function hasSoundFeatures(view: DataView): boolean {
  const incompat = view.getUint32(FEATURE_INCOMPAT)
  const kinds = [
    (view.getUint32(FEATURE_COMPAT) & COMPAT_CHECKSUM) !== 0,
    (incompat & INCOMPAT_CHECKSUM_V2) !== 0,
    (incompat & INCOMPAT_CHECKSUM_V3) !== 0,
  ]
  return (
    (incompat & ~KNOWN_INCOMPAT) === 0 &&
    view.getUint32(FEATURE_RO_COMPAT) === 0 &&
    // A journal of an ext4 volume serves that volume alone.
    view.getUint32(USER_COUNT) <= 1 &&
    kinds.filter(Boolean).length <= 1 &&
    ((incompat & (INCOMPAT_CHECKSUM_V2 | INCOMPAT_CHECKSUM_V3)) === 0 || isChecksumRight(view))
  )
}

/** The checksum counts as zero in itself. */
function isChecksumRight(view: DataView): boolean {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, SUPERBLOCK_BYTES)
  const before = crc32c(0xffffffff, bytes.subarray(0, CHECKSUM))
  const computed = crc32c(crc32c(before, new Uint8Array(4)), bytes.subarray(CHECKSUM + 4))
  return view.getUint8(CHECKSUM_TYPE) === CHECKSUM_TYPE_CRC32C && computed === view.getUint32(CHECKSUM)
}

function fastCommitBlockCount(view: DataView): number {
  if ((view.getUint32(FEATURE_INCOMPAT) & INCOMPAT_FAST_COMMIT) === 0) return 0
  const count = view.getUint32(FAST_COMMIT_BLOCK_COUNT)
  return count === 0 ? DEFAULT_FAST_COMMIT_BLOCK_COUNT : count
}
