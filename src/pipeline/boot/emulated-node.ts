import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CachedDevice } from '../../disk/cached-device.ts'
import { ReadableSlice } from '../../disk/device-slice.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { emulatedCmdline, type MachinePlan } from '../../emulator/machine-plan.ts'
import { type Machine, type MachineOptions, withMachine } from '../../emulator/machine.ts'
import { copyDiskStart, makeOverlayDisk } from '../../emulator/overlay-disk.ts'
import { BuildError } from '../../errors.ts'
import { withFatReader } from '../../fs/fat/fat-volume.ts'
import type { FileReader } from '../../fs/file-system.ts'
import type { BootBoard } from '../../image/evaluate-config-txt.ts'
import { findKernelVersion, isRaspberryPiKernel } from '../../image/kernel-version.ts'
import { locateBootPartition } from '../../image/locate-partitions.ts'
import { readBootFiles } from '../../image/read-boot-files.ts'

/** A card in an emulated board: an image, and over it the writes of the machine so far. */
export interface EmulatedNode {
  readonly name: string
  /** Raw image. Nothing writes to it. */
  readonly image: string
  readonly board: BootBoard
  /** Folder of this node only, for its disk, sockets and boot files. */
  readonly folder: string
  readonly memoryMiB: number
  readonly processorCount: number
  /** Kernel and initramfs that replace those of the image, for kernels that run on no machine of the emulator; null: those of the image. */
  readonly kernel: { readonly kernelPath: string; readonly initramfsPath: string } | null
}

export interface BootOptions extends MachineOptions {
  readonly linkSocket: string | null
  readonly clock: Date | null
  /** Receives a sentence for each difference from a start on a real board. */
  readonly onNote: (note: string) => void
}

const diskOf = ({ folder }: EmulatedNode): string => join(folder, 'disk.qcow2')

/** Puts a new card into the board. Writes of earlier machines are gone. */
export async function insertCard(node: EmulatedNode, diskByteLength: number, signal: AbortSignal): Promise<void> {
  await rm(diskOf(node), { force: true })
  await makeOverlayDisk(node.image, diskOf(node), diskByteLength, signal)
}

/** Opens the boot partition of a card for as long as `use` runs, with the writes of its machine. No machine may be running on the card. */
export async function withBootVolume<T>(
  node: EmulatedNode,
  signal: AbortSignal,
  use: (volume: FileReader) => Promise<T>,
): Promise<T> {
  const { boot } = await withFileDevice(node.image, (device) => locateBootPartition(device, node.image))
  const copy = join(node.folder, 'boot.img')
  await copyDiskStart(diskOf(node), copy, boot.byteStart + boot.byteLength, signal)
  try {
    return await withFileDevice(copy, (device) =>
      withFatReader(new CachedDevice(new ReadableSlice(device, boot.byteStart, boot.byteLength)), use),
    )
  } finally {
    await rm(copy)
  }
}

/**
 * Switches a node on, as the firmware of its board would: config.txt on the card names kernel, initramfs and command line. The power is cut
 * when `use` has ended. Throws `BOOT_KERNEL_UNFIT`, `IMAGE_BOOT_FILE_MISSING` and the errors of `withMachine`.
 */
export async function bootNode<T>(
  node: EmulatedNode,
  options: BootOptions,
  use: (machine: Machine) => Promise<T>,
): Promise<T> {
  const plan = await planMachine(node, options)
  // A machine whose power was cut does not delete its socket.
  await rm(plan.controlSocket, { force: true })
  return withMachine(plan, options, use)
}

async function planMachine(
  node: EmulatedNode,
  { linkSocket, clock, signal, onNote }: BootOptions,
): Promise<MachinePlan> {
  const files = await withBootVolume(node, signal, (volume) => readBootFiles(volume, node.board, node.image))
  const loaded = {
    kernelPath: join(node.folder, 'kernel'),
    initramfsPath: files.initramfs === null ? null : join(node.folder, 'initramfs'),
  }
  if (node.kernel === null) {
    const version = findKernelVersion(files.kernel.bytes)
    if (version !== null && isRaspberryPiKernel(version))
      throw new BuildError('BOOT_KERNEL_UNFIT', { file: node.image, kernel: version })
    await writeFile(loaded.kernelPath, files.kernel.bytes)
    if (files.initramfs !== null && loaded.initramfsPath !== null)
      await writeFile(loaded.initramfsPath, files.initramfs.bytes)
  }
  const cmdline = emulatedCmdline(files.cmdline)
  onNote(
    `${files.kernel.path}${files.initramfs === null ? '' : `, ${files.initramfs.path}`} and ${files.cmdlinePath} of the image, as a ${node.board} loads them`,
  )
  if (node.kernel !== null)
    onNote(`kernel and initramfs replaced by ${node.kernel.kernelPath} and ${node.kernel.initramfsPath}`)
  onNote(`command line, with the console of the emulator: ${cmdline}`)
  for (const note of files.notes) onNote(note)
  return {
    name: node.name,
    ...(node.kernel ?? loaded),
    cmdline,
    diskPath: diskOf(node),
    memoryMiB: node.memoryMiB,
    processorCount: node.processorCount,
    linkSocket,
    controlSocket: join(node.folder, 'control'),
    clock,
  }
}
