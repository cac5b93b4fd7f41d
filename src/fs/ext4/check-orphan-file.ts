/**
 * Orphan file: numbers of inodes to delete at the next mount. The last eight bytes of each block are magic and checksum.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/orphan.html
 */
import { readU32 } from '../../bytes/little-endian.ts'
import { crc32c, crc32cOfU64 } from './crc32c.ts'
import type { FoundFile } from './inode-census.ts'
import { damaged, type MetadataReader } from './metadata-reader.ts'

const MAGIC = 0x0b10ca04
const TAIL_BYTES = 8
const CHECKSUM = 4

/** Throws `EXT4_DAMAGED` unless the orphan file of a volume that was unmounted is sound and empty. */
export function checkOrphanFile(reader: MetadataReader, file: FoundFile | null): void {
  if (file === null && reader.superblock.hasOrphanFile) throw damaged('its orphan file is missing')
  if (file === null) return
  const seed = reader.inodeSeed(file.number, file.inode)
  for (const block of file.blocks) {
    const bytes = reader.readBlocks(block, 1)
    const tail = bytes.byteLength - TAIL_BYTES
    const entries = bytes.subarray(0, tail)
    const checksum = reader.hasChecksums ? crc32c(crc32cOfU64(seed, block), entries) : 0
    const isSound = readU32(bytes, tail) === MAGIC && readU32(bytes, tail + CHECKSUM) === checksum
    if (!isSound || entries.some(Boolean)) throw damaged(`block ${block} of the orphan file is not empty`)
  }
}
