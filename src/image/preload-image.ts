import type { ReadableDevice, WritableDevice } from '../disk/block-device.ts'
import { CachedDevice } from '../disk/cached-device.ts'
import { ReadableSlice, WritableSlice } from '../disk/device-slice.ts'
import { withFileDevice, withWritableFileDevice } from '../disk/file-device.ts'
import { MemoryDevice } from '../disk/memory-device.ts'
import { BuildError } from '../errors.ts'
import { withExt4Reader, withExt4Writer } from '../fs/ext4/ext4-volume.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import { type PinnedFile, withPinnedFile } from '../host/pinned-file.ts'
import type { PreloadFile } from '../model/preload-file.ts'
import { checkBase } from './check-base.ts'
import { HashingDevice } from './hashing-device.ts'
import { locatePartitions } from './locate-partitions.ts'

/** A file to write, and the open file with its bytes; null: it is empty. */
interface OpenPreloadFile extends Omit<PreloadFile, 'source'> {
  readonly source: (PinnedFile & { readonly sha256: string }) | null
}

/**
 * Writes files, such as preload images, into the ext4 root of an image file that bantam made, in place. It copies piece
 * by piece, because a file may be larger than memory, then reads the files back. Each source is opened once, and what
 * the image then holds has the source's SHA-256. Throws what `checkBase` and `withExt4Writer` throw, `FILE_CHANGED` if
 * a source is not the file that was checked, and `IMAGE_READ_BACK_MISMATCH`. After an error, discard the image file.
 */
export async function preloadImage(
  imagePath: string,
  files: readonly PreloadFile[],
  signal: AbortSignal,
): Promise<void> {
  await withOpenFiles(files, [], async (opened) => {
    await withWritableFileDevice(imagePath, async (device) => {
      await writePreload(device, imagePath, opened, signal)
    })
    await withFileDevice(imagePath, (device) => verifyPreload(device, imagePath, opened, signal))
  })
}

async function withOpenFiles(
  [file, ...rest]: readonly PreloadFile[],
  opened: readonly OpenPreloadFile[],
  use: (opened: readonly OpenPreloadFile[]) => Promise<void>,
): Promise<void> {
  if (file === undefined) return use(opened)
  const { source } = file
  if (source === null) return withOpenFiles(rest, [...opened, { ...file, source }], use)
  return withPinnedFile(source, (pinned) =>
    withOpenFiles(rest, [...opened, { ...file, source: { ...pinned, sha256: source.sha256 } }], use),
  )
}

async function writePreload(
  device: WritableDevice,
  imagePath: string,
  files: readonly OpenPreloadFile[],
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
  files: readonly OpenPreloadFile[],
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
      await withSource(file, async (source) => {
        const hashed = new HashingDevice(source)
        const isEqual = await volume.hasContent(file.path, hashed)
        file.source?.requireUnchanged()
        if (!isEqual) throw mismatch(imagePath, file, 'content')
        // The bytes that were hashed are those that the image holds.
        if (file.source !== null && hashed.digest() !== file.source.sha256)
          throw new BuildError('FILE_CHANGED', { file: file.source.path })
      })
    }
  })
}

function withSource<T>({ source }: OpenPreloadFile, use: (source: ReadableDevice) => Promise<T>): Promise<T> {
  return source === null ? use(new MemoryDevice(new Uint8Array())) : withFileDevice(source, use)
}

function mismatch(imagePath: string, { path }: OpenPreloadFile, what: string): BuildError {
  return new BuildError('IMAGE_READ_BACK_MISMATCH', { node: imagePath, path, what })
}
