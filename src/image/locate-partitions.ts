import type { ReadableDevice } from '../disk/block-device.ts'
import { BuildError } from '../errors.ts'
import { decodeExt4Superblock, SUPERBLOCK_BYTES, SUPERBLOCK_OFFSET } from '../fs/ext4/superblock.ts'
import { type Partition, type PartitionTable, readPartitionTable } from '../partition/read-partition-table.ts'

/** The two partitions that bantam edits. */
export interface LocatedPartitions {
  readonly table: PartitionTable
  readonly boot: Partition
  readonly root: Partition
}

/** Partition types of FAT volumes: FAT16 (0x04, 0x06, 0x0e) and FAT32 (0x0b, 0x0c), with CHS or LBA addresses. */
const FAT_TYPES: readonly number[] = [0x04, 0x06, 0x0b, 0x0c, 0x0e]
const LINUX_TYPE = 0x83

/**
 * Finds the boot and root partitions of an image by their types. `file` names the image in errors. Throws what
 * `readPartitionTable` throws, `IMAGE_BOOT_PARTITION_MISSING`, `IMAGE_ROOT_PARTITION_MISSING`.
 */
export function locatePartitions(device: ReadableDevice, file: string): LocatedPartitions {
  const table = readPartitionTable(device, file)
  const boot = table.partitions.find((partition) => FAT_TYPES.includes(partition.type))
  if (boot === undefined) throw new BuildError('IMAGE_BOOT_PARTITION_MISSING', { file })
  const linux = table.partitions.filter((partition) => partition.type === LINUX_TYPE)
  // A swap or data partition before the root may have the same type.
  const root = linux.find((partition) => holdsExt4(device, partition)) ?? linux[0]
  if (root === undefined) throw new BuildError('IMAGE_ROOT_PARTITION_MISSING', { file })
  return { table, boot, root }
}

function holdsExt4(device: ReadableDevice, { byteStart, byteLength }: Partition): boolean {
  if (byteLength < SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES) return false
  const superblock = new Uint8Array(SUPERBLOCK_BYTES)
  device.read(byteStart + SUPERBLOCK_OFFSET, superblock)
  return decodeExt4Superblock(superblock) !== null
}
