import { ReadableSlice } from '../disk/device-slice.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import type { OpenBase } from '../model/patched-image.ts'
import { locatePartitions } from './locate-partitions.ts'

/** Returns the time at which the root file system of a base image was last written. */
export async function lastWriteOf({ file, device }: OpenBase): Promise<Date> {
  const { root } = await locatePartitions(device, file.path)
  return readSuperblock(new ReadableSlice(device, root.byteStart, root.byteLength)).writeTime
}
