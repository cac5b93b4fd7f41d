import { rm } from 'node:fs/promises'
import type { ReadableDevice } from '../disk/block-device.ts'
import { ReadableSlice } from '../disk/device-slice.ts'
import { withFileDevice, withWritableFileDevice } from '../disk/file-device.ts'
import { BuildError, isBuildError } from '../errors.ts'
import { requireSoundExt4 } from '../fs/ext4/check-ext4-volume.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import { requireSoundFat } from '../fs/fat/fat-volume.ts'
import { runProgram } from '../host/run-program.ts'
import { NOT_FOUND } from '../host/start-program.ts'
import type { Partition } from '../partition/read-partition-table.ts'
import { copyChanges, extractVolume } from './copy-volume.ts'
import { locateBootPartition, locatePartitions } from './locate-partitions.ts'

/** How one volume is checked, and repaired by a program of this machine. */
interface VolumeRepair {
  readonly volume: 'boot' | 'root'
  readonly program: 'fsck.fat' | 'e2fsck'
  /** The package that holds the program. */
  readonly package: string
  readonly locate: (device: ReadableDevice, file: string) => Promise<Partition>
  readonly requireSound: (device: ReadableDevice) => void
  /** Options by which the program repairs what it can, and those by which it only looks. */
  readonly repairOptions: string
  readonly checkOptions: string
  readonly env: (device: ReadableDevice) => Readonly<Record<string, string>>
}

/** Exit codes of both programs that say that nothing was wrong, or that all of it is repaired. */
const REPAIRED: readonly number[] = [0, 1]

const bootRepair: VolumeRepair = {
  volume: 'boot',
  program: 'fsck.fat',
  package: 'dosfstools',
  locate: (device, file) => Promise.resolve(locateBootPartition(device, file).boot),
  requireSound: requireSoundFat,
  repairOptions: '-a',
  checkOptions: '-n',
  env: () => ({}),
}

const rootRepair: VolumeRepair = {
  volume: 'root',
  program: 'e2fsck',
  package: 'e2fsprogs',
  locate: async (device, file) => (await locatePartitions(device, file)).root,
  requireSound: (device) => {
    requireSoundExt4(device, 'everything')
  },
  repairOptions: '-fy',
  checkOptions: '-fn',
  // With the time of the last write instead of now, and without settings of this machine, the same image gives the same bytes.
  env: (device) => ({
    E2FSCK_TIME: String(readSuperblock(device).writeTime.getTime() / 1000),
    E2FSCK_CONFIG: '/dev/null',
  }),
}

/** The exact work of `repairImage`, for the name of its result in the cache. */
export const repairRecipe = [bootRepair, rootRepair]
  .map(({ program, repairOptions }) => `${program} ${repairOptions}`)
  .join(', ')

/**
 * Repairs the volumes of an image file in place, with fsck.fat and e2fsck: each that is damaged, or that was in use
 * when it was copied. Sound volumes stay as they are. Neither needs to be root: the programs work on copies of the
 * volumes beside the image. Throws `IMAGE_REPAIR_TOOL_MISSING`, `IMAGE_REPAIR_FAILED`, and what `locatePartitions`
 * throws. After an error, discard the image file.
 */
export async function repairImage(imagePath: string, signal: AbortSignal): Promise<void> {
  // The boot volume comes first: it says which partition is the root.
  await repairVolume(imagePath, bootRepair, signal)
  await repairVolume(imagePath, rootRepair, signal)
}

async function repairVolume(imagePath: string, repair: VolumeRepair, signal: AbortSignal): Promise<void> {
  await withWritableFileDevice(imagePath, async (image) => {
    const { byteStart, byteLength } = await repair.locate(image, imagePath)
    const volume = new ReadableSlice(image, byteStart, byteLength)
    if (damageOf(volume, repair) === null) return
    const copy = `${imagePath}.${repair.volume}`
    try {
      await extractVolume(volume, copy, signal)
      await repairCopy(copy, repair, repair.env(volume), signal)
      await withFileDevice(copy, async (repaired) => {
        const damage = damageOf(repaired, repair)
        if (damage !== null) throw failed(repair, damage.message, damage)
        await copyChanges(repaired, image, byteStart, signal)
      })
    } finally {
      await rm(copy, { force: true })
    }
  })
}

function damageOf(volume: ReadableDevice, { requireSound }: VolumeRepair): BuildError | null {
  try {
    requireSound(volume)
    return null
  } catch (error) {
    if (isBuildError(error) && isRepairable(error)) return error
    throw error
  }
}

/** Says whether an error is about a volume that `repairImage` may repair. */
export function isRepairable({ code }: BuildError): boolean {
  return code === 'FAT_DIRTY' || code === 'FAT_DAMAGED' || code === 'EXT4_NEEDS_RECOVERY' || code === 'EXT4_DAMAGED'
}

/** Runs the program twice: to repair the volume, and to see whether anything is left. */
async function repairCopy(
  copy: string,
  repair: VolumeRepair,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const { program, repairOptions, checkOptions } = repair
  const repaired = await runProgram(program, [repairOptions, copy], { signal, env })
  if (repaired.status === NOT_FOUND)
    throw new BuildError('IMAGE_REPAIR_TOOL_MISSING', { program, volume: repair.volume, package: repair.package })
  const left = REPAIRED.includes(repaired.status)
    ? await runProgram(program, [checkOptions, copy], { signal, env })
    : repaired
  if (left.status === 0) return
  const options = left === repaired ? repairOptions : checkOptions
  throw failed(repair, `${program} ${options} ends with code ${left.status} and says: ${left.output.join(' ').trim()}`)
}

function failed({ program, volume }: VolumeRepair, reason: string, cause?: unknown): BuildError {
  return new BuildError('IMAGE_REPAIR_FAILED', { program, volume, reason }, { cause })
}
