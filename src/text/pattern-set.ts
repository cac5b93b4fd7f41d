/** A match of a pattern, which is named by its index in the list. */
export interface PatternMatch {
  readonly pattern: number
  readonly byteOffset: number
}

/** Number of bytes that together decide how far a search may shift. */
const BLOCK_BYTES = 3
const TABLE_SIZE = 1 << 16
/** Shorter patterns would match by chance, and would allow no shifts. */
export const SHORTEST_PATTERN_BYTES = 8

/**
 * Finds many patterns at once, without a look at every byte: if the last bytes of a window are in no pattern, the search shifts past them.
 * Wu and Manber, "A fast algorithm for multi-pattern searching", TR-94-17, University of Arizona.
 */
export class PatternSet {
  readonly #patterns: readonly Uint8Array[]
  readonly #windowBytes: number
  /** Distance of the shift after a block with this hash; 0: a pattern may end its window here. */
  readonly #shifts: Int32Array
  readonly #candidates = new Map<number, number[]>()

  /** Takes patterns of at least `SHORTEST_PATTERN_BYTES`. */
  constructor(patterns: readonly Uint8Array[]) {
    this.#patterns = patterns
    this.#windowBytes = patterns.reduce((least, { byteLength }) => Math.min(least, byteLength), 64)
    if (this.#windowBytes < SHORTEST_PATTERN_BYTES) throw new RangeError(`a pattern of ${this.#windowBytes} bytes`)
    this.#shifts = new Int32Array(TABLE_SIZE).fill(this.#windowBytes - BLOCK_BYTES + 1)
    patterns.forEach((pattern, index) => {
      this.#add(pattern, index)
    })
  }

  /** Number of bytes at the end of a piece that must be repeated before the next piece, so that no match on the border is missed. */
  get overlapBytes(): number {
    return this.#patterns.reduce((most, { byteLength }) => Math.max(most, byteLength), 1) - 1
  }

  /** Finds all matches in `bytes`, by ascending offset. */
  findIn(bytes: Uint8Array): readonly PatternMatch[] {
    const matches: PatternMatch[] = []
    for (let end = this.#windowBytes - 1; end < bytes.byteLength;) {
      const hash = hashBlock(bytes, end)
      const shift = this.#shifts[hash] ?? 0
      if (shift > 0) {
        end += shift
        continue
      }
      const byteOffset = end - this.#windowBytes + 1
      for (const index of this.#candidates.get(hash) ?? []) {
        if (startsAt(bytes, byteOffset, this.#patterns[index])) matches.push({ pattern: index, byteOffset })
      }
      end += 1
    }
    return matches
  }

  #add(pattern: Uint8Array, index: number): void {
    for (let end = BLOCK_BYTES - 1; end < this.#windowBytes; end++) {
      const hash = hashBlock(pattern, end)
      const shift = this.#windowBytes - 1 - end
      this.#shifts[hash] = Math.min(this.#shifts[hash] ?? 0, shift)
      if (shift === 0) this.#candidates.set(hash, [...(this.#candidates.get(hash) ?? []), index])
    }
  }
}

function hashBlock(bytes: Uint8Array, end: number): number {
  return (((bytes[end] ?? 0) << 10) ^ ((bytes[end - 1] ?? 0) << 5) ^ (bytes[end - 2] ?? 0)) & (TABLE_SIZE - 1)
}

function startsAt(bytes: Uint8Array, byteOffset: number, pattern: Uint8Array | undefined): boolean {
  return (
    pattern !== undefined &&
    byteOffset + pattern.byteLength <= bytes.byteLength &&
    pattern.every((byte, index) => bytes[byteOffset + index] === byte)
  )
}
