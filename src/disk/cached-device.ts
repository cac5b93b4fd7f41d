import { KIB } from '../units.ts'
import type { ReadableDevice } from './block-device.ts'
import { requireRange } from './require-range.ts'

const CHUNK_BYTES = 64 * KIB
const DEFAULT_CHUNK_COUNT = 256

/**
 * Caches the chunks of 64 KiB that were read last, 16 MiB by default. FAT and ext4 code reads single sectors and
 * blocks, about a hundred thousand for a large file. A system call for each would dominate the build's time. The device
 * below must not change while it is cached.
 */
export class CachedDevice implements ReadableDevice {
  readonly #device: ReadableDevice
  readonly #chunkCount: number
  // Insertion order is age. A chunk that is used again is removed and inserted again.
  readonly #chunks = new Map<number, Uint8Array>()

  constructor(device: ReadableDevice, chunkCount = DEFAULT_CHUNK_COUNT) {
    this.#device = device
    this.#chunkCount = chunkCount
  }

  get byteLength(): number {
    return this.#device.byteLength
  }

  read(byteOffset: number, into: Uint8Array): void {
    requireRange(this, byteOffset, into.byteLength)
    // A large read gains nothing from the cache, and would evict everything else.
    if (into.byteLength > CHUNK_BYTES) {
      this.#device.read(byteOffset, into)
      return
    }
    for (let done = 0; done < into.byteLength;) {
      const index = Math.floor((byteOffset + done) / CHUNK_BYTES)
      const start = byteOffset + done - index * CHUNK_BYTES
      const piece = this.#chunk(index).subarray(start, start + into.byteLength - done)
      into.set(piece, done)
      done += piece.byteLength
    }
  }

  #chunk(index: number): Uint8Array {
    const cached = this.#chunks.get(index)
    if (cached !== undefined) {
      this.#chunks.delete(index)
      this.#chunks.set(index, cached)
      return cached
    }
    const byteStart = index * CHUNK_BYTES
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, this.byteLength - byteStart))
    this.#device.read(byteStart, chunk)
    this.#chunks.set(index, chunk)
    this.#dropOldest()
    return chunk
  }

  #dropOldest(): void {
    if (this.#chunks.size <= this.#chunkCount) return
    for (const oldest of this.#chunks.keys()) {
      this.#chunks.delete(oldest)
      return
    }
  }
}
