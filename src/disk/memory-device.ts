import type { WritableDevice } from './block-device.ts'
import { requireRange } from './require-range.ts'

/** A device over bytes in memory. The caller and the device share these bytes. */
export class MemoryDevice implements WritableDevice {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get byteLength(): number {
    return this.bytes.byteLength
  }

  read(byteOffset: number, into: Uint8Array): void {
    requireRange(this, byteOffset, into.byteLength)
    into.set(this.bytes.subarray(byteOffset, byteOffset + into.byteLength))
  }

  write(byteOffset: number, bytes: Uint8Array): void {
    requireRange(this, byteOffset, bytes.byteLength)
    this.bytes.set(bytes, byteOffset)
  }
}
