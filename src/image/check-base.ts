import { CachedDevice } from '../disk/cached-device.ts'
import { ReadableSlice } from '../disk/device-slice.ts'
import { requireSoundExt4 } from '../fs/ext4/check-ext4-volume.ts'
import { requireSoundFat } from '../fs/fat/fat-volume.ts'
import type { OpenBase } from '../model/patched-image.ts'
import { locateBootPartition, locatePartitions } from './locate-partitions.ts'

/** An open base image, of whose file only the name counts here. */
type CheckedBase = Pick<OpenBase, 'device' | 'xz'> & { readonly file: { readonly path: string } }

/**
 * Checks the volumes of a base image before anything is written on top of it, once for all of its nodes. Directories of
 * the root are spread over it: where the base is compressed, most of it would be unpacked for them, so they are left
 * out. The checks inside the .xz protect what is read. Throws what `locatePartitions`, `requireSoundFat` and
 * `requireSoundExt4` throw.
 */
export async function checkBase({ file, device, xz }: CheckedBase): Promise<void> {
  const cached = new CachedDevice(device)
  const { boot } = locateBootPartition(cached, file.path)
  requireSoundFat(new ReadableSlice(cached, boot.byteStart, boot.byteLength))
  const { root } = await locatePartitions(cached, file.path)
  // Whole blocks from all over the volume are read, each once: a cache would only read more.
  requireSoundExt4(
    new ReadableSlice(device, root.byteStart, root.byteLength),
    xz === null ? 'everything' : 'allocation',
  )
}
