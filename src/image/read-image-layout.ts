import { decodeUtf8 } from '../bytes/text.ts'
import type { ReadableDevice } from '../disk/block-device.ts'
import { ReadableSlice } from '../disk/device-slice.ts'
import { BuildError } from '../errors.ts'
import { withExt4Reader } from '../fs/ext4/ext4-volume.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import { withFatReader } from '../fs/fat/fat-volume.ts'
import type { FileReader } from '../fs/file-system.ts'
import type { ImageLayout } from '../model/image-layout.ts'
import { readPartitionTable, type Partition, type PartitionTable } from '../partition/read-partition-table.ts'
import { detectFlavour } from './detect-flavour.ts'

/** Partition types of FAT volumes: FAT16 (0x04, 0x06, 0x0e) and FAT32 (0x0b, 0x0c), with CHS or LBA addresses. */
const FAT_TYPES: readonly number[] = [0x04, 0x06, 0x0b, 0x0c, 0x0e]
const LINUX_TYPE = 0x83

/**
 * Finds boot and root partition of an image and tells what system it holds. `file` names the image in errors. Throws
 * what `readPartitionTable` throws, `IMAGE_BOOT_PARTITION_MISSING`, `IMAGE_ROOT_PARTITION_MISSING`,
 * `IMAGE_BOOT_FILE_MISSING`, `IMAGE_FLAVOUR_UNKNOWN`, `FAT_INVALID`, `EXT4_INVALID`.
 */
export async function readImageLayout(device: ReadableDevice, file: string): Promise<ImageLayout> {
  const table = readPartitionTable(device, file)
  const boot = findBootPartition(table, file)
  const root = findRootPartition(table, file)
  const bootDevice = new ReadableSlice(device, boot.byteStart, boot.byteLength)
  const rootDevice = new ReadableSlice(device, root.byteStart, root.byteLength)
  const flavour = await withFatReader(bootDevice, async (bootVolume) => {
    const configTxt = await readConfigTxt(bootVolume, file)
    return withExt4Reader(rootDevice, (rootVolume) => detectFlavour(bootVolume, configTxt, rootVolume, file))
  })
  return { table, boot, root, flavour, writeTime: readSuperblock(rootDevice).writeTime }
}

function findBootPartition(table: PartitionTable, file: string): Partition {
  const boot = table.partitions.find((partition) => FAT_TYPES.includes(partition.type))
  if (boot === undefined) throw new BuildError('IMAGE_BOOT_PARTITION_MISSING', { file })
  return boot
}

function findRootPartition(table: PartitionTable, file: string): Partition {
  const root = table.partitions.find((partition) => partition.type === LINUX_TYPE)
  if (root === undefined) throw new BuildError('IMAGE_ROOT_PARTITION_MISSING', { file })
  return root
}

async function readConfigTxt(boot: FileReader, file: string): Promise<string> {
  const bytes = await boot.readFile('config.txt')
  if (bytes === null) throw new BuildError('IMAGE_BOOT_FILE_MISSING', { file, path: 'config.txt' })
  return decodeUtf8(bytes)
}
