/**
 * Journal superblock: the first block of the journal. Its numbers are big-endian.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/journal.html#super-block
 */
const MAGIC = 0xc03b3998
const BLOCK_TYPE = 4
/** Superblock of version 1 or 2. */
const BLOCK_TYPES: readonly number[] = [3, 4]
const BLOCK_SIZE = 12
const USER_COUNT = 0x40
const MAX_USERS = 48

/** Says whether a block is the superblock of a journal whose blocks have this length. */
export function isJournalSuperblock(block: Uint8Array, blockByteLength: number): boolean {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  return (
    view.getUint32(0) === MAGIC &&
    BLOCK_TYPES.includes(view.getUint32(BLOCK_TYPE)) &&
    view.getUint32(BLOCK_SIZE) === blockByteLength &&
    view.getUint32(USER_COUNT) <= MAX_USERS
  )
}
