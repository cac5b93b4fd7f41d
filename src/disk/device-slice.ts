import type { ReadableDevice, WritableDevice } from './block-device.ts'
import { requireRange } from './require-range.ts'

/** A part of a read-only device, such as one partition of a disk. */
export class ReadableSlice implements ReadableDevice {
  readonly byteLength: number
  protected readonly byteStart: number
  readonly #device: ReadableDevice

  constructor(device: ReadableDevice, byteStart: number, byteLength: number) {
    requireRange(device, byteStart, byteLength)
    this.#device = device
    this.byteStart = byteStart
    this.byteLength = byteLength
  }

  read(byteOffset: number, into: Uint8Array): void {
    requireRange(this, byteOffset, into.byteLength)
    this.#device.read(this.byteStart + byteOffset, into)
  }
}

/** A part of a writable device. */
export class WritableSlice extends ReadableSlice implements WritableDevice {
  readonly #device: WritableDevice

  constructor(device: WritableDevice, byteStart: number, byteLength: number) {
    super(device, byteStart, byteLength)
    this.#device = device
  }

  write(byteOffset: number, bytes: Uint8Array): void {
    requireRange(this, byteOffset, bytes.byteLength)
    this.#device.write(this.byteStart + byteOffset, bytes)
  }
}
