/**
 * File allocation table: one entry for each FAT cluster, which names the next cluster of a file.
 * Microsoft FAT32 File System Specification 1.03 (fatgen103), "FAT Data Structure".
 */
import type { FatType } from './boot-sector.ts'

/** What an entry says of its FAT cluster. A number: the next cluster of the file. */
export type FatEntry = 'free' | 'bad' | 'end' | number

const ENTRY_BITS: Readonly<Record<FatType, number>> = { FAT12: 12, FAT16: 16, FAT32: 32 }
/** The highest four bits of a FAT32 entry are reserved. */
const VALUE_BITS: Readonly<Record<FatType, number>> = { FAT12: 12, FAT16: 16, FAT32: 28 }

/** The first two entries belong to no FAT cluster. */
export const FIRST_CLUSTER = 2

/** The entries of a FAT. */
export class FatTable {
  readonly clusterCount: number
  readonly freeClusterCount: number
  readonly #values: Uint32Array
  /** The largest value: all bits set. The seven values below it mean the end of a chain, too. */
  readonly #top: number
  readonly #type: FatType

  constructor(bytes: Uint8Array, type: FatType, clusterCount: number) {
    this.clusterCount = clusterCount
    this.#values = decodeValues(bytes, type, clusterCount + FIRST_CLUSTER)
    this.#top = 2 ** VALUE_BITS[type] - 1
    this.#type = type
    let freeCount = 0
    for (let cluster = FIRST_CLUSTER; cluster < this.#values.length; cluster += 1) {
      if (this.#values[cluster] === 0) freeCount += 1
    }
    this.freeClusterCount = freeCount
  }

  /** Returns how many bytes of a FAT hold entries. */
  static byteLength(type: FatType, clusterCount: number): number {
    return Math.ceil(((clusterCount + FIRST_CLUSTER) * ENTRY_BITS[type]) / 8)
  }

  entry(cluster: number): FatEntry {
    const value = this.#values[cluster] ?? 0
    if (value === 0) return 'free'
    if (value >= this.#top - 7) return 'end'
    return value === this.#top - 8 ? 'bad' : value
  }

  /** Says whether a number belongs to a FAT cluster of the volume. */
  holds(cluster: number): boolean {
    return cluster >= FIRST_CLUSTER && cluster < this.#values.length
  }

  /** The first entry is the media byte, 0xf0 or from 0xf8 on, below bits that are all set. */
  get hasMediaEntry(): boolean {
    const [value = 0] = this.#values
    return value >= this.#top - 7 || value === this.#top - 15
  }

  /** The highest bit of the second entry is clear while a volume is in use, except on FAT12. */
  get cleanlyUnmounted(): boolean {
    const [, value = 0] = this.#values
    return this.#type === 'FAT12' || (value & (this.#top ^ (this.#top >>> 1))) !== 0
  }
}

function decodeValues(bytes: Uint8Array, type: FatType, count: number): Uint32Array {
  const values = new Uint32Array(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case 'FAT12':
      for (let index = 0; index < count; index += 1) {
        const at = Math.floor(index * 1.5)
        const pair = (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8)
        values[index] = index % 2 === 0 ? pair & 0xfff : pair >>> 4
      }
      return values
    case 'FAT16':
      for (let index = 0; index < count; index += 1) values[index] = view.getUint16(index * 2, true)
      return values
    case 'FAT32':
      for (let index = 0; index < count; index += 1) values[index] = view.getUint32(index * 4, true) & 0x0fffffff
      return values
  }
}
