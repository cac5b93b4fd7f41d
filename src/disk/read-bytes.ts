import type { ReadableDevice } from './block-device.ts'

/** Reads a range of a device into new memory. Throws what the device's `read` throws. */
export function readBytes(device: ReadableDevice, byteOffset: number, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength)
  device.read(byteOffset, bytes)
  return bytes
}
