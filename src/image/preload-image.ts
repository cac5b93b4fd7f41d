import type { ReadableDevice, WritableDevice } from '../disk/block-device.ts'
import { CachedDevice } from '../disk/cached-device.ts'
import { ReadableSlice, WritableSlice } from '../disk/device-slice.ts'
import { withFileDevice, withWritableFileDevice } from '../disk/file-device.ts'
import { MemoryDevice } from '../disk/memory-device.ts'
import { BuildError } from '../errors.ts'
import { withExt4Reader, withExt4Writer } from '../fs/ext4/ext4-volume.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import type { PreloadFile } from '../model/preload-file.ts'
import { checkBase } from './check-base.ts'
import { locatePartitions } from './locate-partitions.ts'

/**
 * Writes files, such as preload images, into the ext4 root of an image file that bantam made, in place. It copies piece
 * by piece, because a file may be larger than memory, then reads the files back. Throws what `checkBase` and
 * `withExt4Writer` throw, and `IMAGE_READ_BACK_MISMATCH`. After an error, discard the image file.
 */
export async function preloadImage(
  imagePath: string,
  files: readonly PreloadFile[],
  signal: AbortSignal,
): Promise<void> {
  await withWritableFileDevice(imagePath, async (device) => {
    await writePreload(device, imagePath, files, signal)
  })
  await withFileDevice(imagePath, (device) => verifyPreload(device, imagePath, files, signal))
}

async function writePreload(
  device: WritableDevice,
  imagePath: string,
  files: readonly PreloadFile[],
  signal: AbortSignal,
): Promise<void> {
  await checkBase({ file: { path: imagePath }, device, xz: null })
  const { root } = await locatePartitions(device, imagePath)
  const volumeDevice = new WritableSlice(device, root.byteStart, root.byteLength)
  // The same time as for a node's files: the same inputs give the same bytes.
  const stamp = readSuperblock(volumeDevice).writeTime
  await withExt4Writer(volumeDevice, stamp, async (volume) => {
    for (const file of files) {
      signal.throwIfAborted()
      await withSource(file, (source) => volume.copyFile(file.path, source, { mode: file.mode, uid: 0, gid: 0 }))
    }
  })
}

async function verifyPreload(
  device: ReadableDevice,
  imagePath: string,
  files: readonly PreloadFile[],
  signal: AbortSignal,
): Promise<void> {
  const { root } = await locatePartitions(device, imagePath)
  const volumeDevice = new ReadableSlice(new CachedDevice(device), root.byteStart, root.byteLength)
  await withExt4Reader(volumeDevice, async (volume) => {
    for (const file of files) {
      signal.throwIfAborted()
      const status = await volume.status(file.path)
      if (status?.mode !== file.mode || status.uid !== 0 || status.gid !== 0)
        throw mismatch(imagePath, file, 'owner or mode')
      if (!(await withSource(file, (source) => volume.hasContent(file.path, source))))
        throw mismatch(imagePath, file, 'content')
    }
  })
}

function withSource<T>({ source }: PreloadFile, use: (source: ReadableDevice) => Promise<T>): Promise<T> {
  return source === null ? use(new MemoryDevice(new Uint8Array())) : withFileDevice(source.path, use)
}

function mismatch(imagePath: string, { path }: PreloadFile, what: string): BuildError {
  return new BuildError('IMAGE_READ_BACK_MISMATCH', { node: imagePath, path, what })
}
