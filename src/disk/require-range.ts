import { BuildError } from '../errors.ts'
import type { ReadableDevice } from './block-device.ts'

/** Throws `DISK_OUT_OF_RANGE` unless the whole range is inside the device. */
export function requireRange(device: ReadableDevice, byteOffset: number, byteLength: number): void {
  const inside = Number.isSafeInteger(byteOffset) && byteOffset >= 0 && byteOffset + byteLength <= device.byteLength
  if (!inside)
    throw new BuildError('DISK_OUT_OF_RANGE', { byteOffset, byteLength, deviceByteLength: device.byteLength })
}
