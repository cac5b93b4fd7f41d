import { damaged } from './metadata-reader.ts'
import type { Ext4Superblock } from './superblock.ts'

/** Notes which blocks of a volume belong to something. Each belongs to one thing only. Throws `EXT4_DAMAGED`. */
export class BlockOwners {
  readonly #owned: Uint8Array
  readonly #firstDataBlock: number

  constructor({ blockCount, firstDataBlock }: Ext4Superblock) {
    this.#owned = new Uint8Array(blockCount)
    this.#firstDataBlock = firstDataBlock
  }

  /** `nameOwner` is called for errors only. */
  claim(block: number, count: number, nameOwner: () => string): void {
    const end = block + count
    if (block < this.#firstDataBlock || end > this.#owned.byteLength)
      throw damaged(`${nameOwner()} has block ${block}, which is outside of the volume`)
    for (let at = block; at < end; at += 1) {
      if (this.#owned[at] !== 0) throw damaged(`${nameOwner()} has block ${at}, which belongs to something else, too`)
      this.#owned[at] = 1
    }
  }

  owns(block: number): boolean {
    return this.#owned[block] === 1
  }

  /** Counts the blocks of a range that belong to nothing. */
  countFree(block: number, count: number): number {
    return this.#owned.subarray(block, block + count).reduce((free, owned) => free + 1 - owned, 0)
  }
}
