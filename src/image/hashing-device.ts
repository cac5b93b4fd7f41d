import { createHash } from 'node:crypto'
import type { ReadableDevice } from '../disk/block-device.ts'
import { BuildError } from '../errors.ts'

/** A device that is read once from its first to its last byte, and hashes the bytes that it gave. */
export class HashingDevice implements ReadableDevice {
  readonly #device: ReadableDevice
  readonly #hash = createHash('sha256')
  #hashedBytes = 0

  constructor(device: ReadableDevice) {
    this.#device = device
  }

  get byteLength(): number {
    return this.#device.byteLength
  }

  read(byteOffset: number, into: Uint8Array): void {
    if (byteOffset !== this.#hashedBytes) throw new BuildError('BUG', { state: 'a hashed file was not read in order' })
    this.#device.read(byteOffset, into)
    this.#hash.update(into)
    this.#hashedBytes += into.byteLength
  }

  /** Returns the SHA-256 of the bytes that were read, in lower-case hex. Nothing can be read afterwards. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}
