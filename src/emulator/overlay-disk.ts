import { resolve } from 'node:path'
import { MIB } from '../units.ts'
import { runQemuImg } from './qemu.ts'

/** Makes a disk of `byteLength` with the contents of `image`. The disk receives all writes, so the image does not change. */
export async function makeOverlayDisk(
  image: string,
  overlay: string,
  byteLength: number,
  signal: AbortSignal,
): Promise<void> {
  await runQemuImg(
    ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', resolve(image), overlay, String(byteLength)],
    signal,
  )
}

/** Copies the first bytes of an overlay disk into a raw file. No machine may be running on the disk. */
export async function copyDiskStart(
  overlay: string,
  target: string,
  byteLength: number,
  signal: AbortSignal,
): Promise<void> {
  await runQemuImg(
    [
      'dd',
      '-f',
      'qcow2',
      '-O',
      'raw',
      `bs=${MIB}`,
      `count=${Math.ceil(byteLength / MIB)}`,
      `if=${overlay}`,
      `of=${target}`,
    ],
    signal,
  )
}
