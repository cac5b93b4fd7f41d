import type { ReadableDevice } from '../disk/block-device.ts'
import { ReadableSlice } from '../disk/device-slice.ts'
import { BuildError } from '../errors.ts'
import { decodeExt4Superblock, SUPERBLOCK_BYTES, SUPERBLOCK_OFFSET } from '../fs/ext4/superblock.ts'
import { withFatReader } from '../fs/fat/fat-volume.ts'
import { type Partition, type PartitionTable, readPartitionTable } from '../partition/read-partition-table.ts'
import { cmdlineValue } from './cmdline.ts'
import { findCmdline } from './find-cmdline.ts'
import { findRoot, type RootCandidate } from './find-root.ts'
import { readBootText } from './read-boot-text.ts'

/** The two partitions that bantam edits. */
export interface LocatedPartitions {
  readonly table: PartitionTable
  readonly boot: Partition
  readonly root: Partition
  /** Path on the boot partition of the kernel command line, which names the root partition. */
  readonly cmdlinePath: string
}

/** Partition types of FAT volumes: FAT16 (0x04, 0x06, 0x0e) and FAT32 (0x0b, 0x0c), with CHS or LBA addresses. */
const FAT_TYPES: readonly number[] = [0x04, 0x06, 0x0b, 0x0c, 0x0e]

/**
 * Finds the partition that the firmware reads: the first with a FAT type. `file` names the image in errors. Throws what
 * `readPartitionTable` throws, and `IMAGE_BOOT_PARTITION_MISSING`.
 */
export function locateBootPartition(
  device: ReadableDevice,
  file: string,
): { readonly table: PartitionTable; readonly boot: Partition } {
  const table = readPartitionTable(device, file)
  const boot = table.partitions.find((partition) => FAT_TYPES.includes(partition.type))
  if (boot === undefined) throw new BuildError('IMAGE_BOOT_PARTITION_MISSING', { file })
  return { table, boot }
}

/**
 * Finds the boot partition, and the root partition that `root=` on the kernel command line names: the one that the
 * kernel mounts, whatever its type and place. Throws what `locateBootPartition` and `findCmdline` throw, `FAT_INVALID`,
 * `IMAGE_ROOT_NOT_FOUND`, `IMAGE_ROOT_AMBIGUOUS`, `IMAGE_ROOT_PARTITION_MISSING`.
 */
export async function locatePartitions(device: ReadableDevice, file: string): Promise<LocatedPartitions> {
  const { table, boot } = locateBootPartition(device, file)
  const { cmdlinePath, root } = await withFatReader(
    new ReadableSlice(device, boot.byteStart, boot.byteLength),
    async (volume) => {
      const path = await findCmdline(volume, file)
      return { cmdlinePath: path, root: cmdlineValue(await readBootText(volume, path, file), 'root') }
    },
  )
  const candidates = table.partitions.map((partition) => toCandidate(device, table, partition))
  return { table, boot, cmdlinePath, root: chooseRoot(root, candidates, { file, cmdlinePath }).partition }
}

function toCandidate(device: ReadableDevice, { diskId }: PartitionTable, partition: Partition): RootCandidate {
  const number = partition.number.toString(16).padStart(2, '0')
  return { partition, partUuid: `${diskId}-${number}`, volume: readVolume(device, partition) }
}

function readVolume(device: ReadableDevice, { byteStart, byteLength }: Partition): RootCandidate['volume'] {
  if (byteLength < SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES) return null
  const superblock = new Uint8Array(SUPERBLOCK_BYTES)
  device.read(byteStart + SUPERBLOCK_OFFSET, superblock)
  return decodeExt4Superblock(superblock)
}

function chooseRoot(
  root: string | null,
  candidates: readonly RootCandidate[],
  { file, cmdlinePath }: { readonly file: string; readonly cmdlinePath: string },
): RootCandidate {
  // Without `root=`, an initramfs decides. If there is one ext4 volume, it can choose no other.
  const named = root === null ? candidates.filter(({ volume }) => volume !== null) : findRoot(root, candidates)
  const [first, ...others] = named
  if (first === undefined && root === null) throw new BuildError('IMAGE_ROOT_PARTITION_MISSING', { file })
  if (first === undefined) {
    const partitions = candidates.map(describeCandidate)
    throw new BuildError('IMAGE_ROOT_NOT_FOUND', { file, path: cmdlinePath, root: root ?? '', partitions })
  }
  if (others.length > 0) {
    const partitions = named.map(describeCandidate)
    throw new BuildError('IMAGE_ROOT_AMBIGUOUS', { file, path: cmdlinePath, root, partitions })
  }
  return first
}

function describeCandidate({ partition, partUuid, volume }: RootCandidate): string {
  const label = volume === null || volume.label === '' ? '' : `, label ${volume.label}`
  return `${partition.number} (PARTUUID ${partUuid}${label})`
}
