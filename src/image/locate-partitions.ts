import type { ReadableDevice } from '../disk/block-device.ts'
import { BuildError } from '../errors.ts'
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
 * Finds boot and root partition of an image by their types. `file` names the image in errors. Throws what
 * `readPartitionTable` throws, `IMAGE_BOOT_PARTITION_MISSING`, `IMAGE_ROOT_PARTITION_MISSING`.
 */
export function locatePartitions(device: ReadableDevice, file: string): LocatedPartitions {
  const table = readPartitionTable(device, file)
  const boot = table.partitions.find((partition) => FAT_TYPES.includes(partition.type))
  if (boot === undefined) throw new BuildError('IMAGE_BOOT_PARTITION_MISSING', { file })
  const root = table.partitions.find((partition) => partition.type === LINUX_TYPE)
  if (root === undefined) throw new BuildError('IMAGE_ROOT_PARTITION_MISSING', { file })
  return { table, boot, root }
}
