/**
 * Match finder: finds earlier positions whose bytes equal those at the current one. A table gives the latest position
 * with the same hash of 4 bytes, from which a chain leads to all earlier ones, nearest first. A second table gives the
 * latest position with the same 3 bytes. The format leaves this to the encoder. The technique is the hash chain of RFC
 * 1951, section 4.
 */
import { MATCH_MAX_BYTES } from './length-coder.ts'

/**
 * Matches start less than this many bytes back, even in longer data. The limit bounds the memory of the chains to 16
 * MiB.
 */
export const MATCH_DISTANCE_LIMIT = 1 << 22

/** A match of this length is taken without a search for a better one. */
export const NICE_MATCH_BYTES = 48

/** How many positions of a chain are tried. Twice as many make results 0.6 % smaller and take a tenth longer. */
const CHAIN_DEPTH = 4

const HASH_3_BITS = 15
const HASH_4_BITS = 17
const MIN_CHAIN_BITS = 16
/** Bytes that are read at once at a position. They may extend past the data. */
const PADDING_BYTES = 8
/**
 * How many positions at each end of a long match are entered. Positions between them are found through the match's
 * source.
 */
const ENTERED_AT_ENDS = 16

/** Finds matches for positions, which it enters in ascending order. */
export class MatchFinder {
  /**
   * A copy of the data, followed by zero bytes. The copy always has the same class, so the engine compiles for one
   * class.
   */
  window = new Uint8Array(0)
  byteLength = 0
  /** Length of the match of the last `find`; 0: there is none. */
  length = 0
  /** Distance 1 is the previous byte. */
  distance = 0
  /** All positions before this one are entered. */
  #position = 0
  #words = new DataView(this.window.buffer)
  #chain = new Int32Array(0)
  #chainMask = 0
  readonly #latest3 = new Int32Array(1 << HASH_3_BITS)
  readonly #latest4 = new Int32Array(1 << HASH_4_BITS)

  /** Starts with new data and drops the old. Old entries of the chain become unreachable. */
  reset(data: Uint8Array): void {
    this.length = 0
    this.distance = 0
    const end = data.byteLength
    if (this.window.byteLength < end + PADDING_BYTES) {
      this.window = new Uint8Array(end + PADDING_BYTES)
      this.#words = new DataView(this.window.buffer)
    }
    this.window.set(data)
    this.window.fill(0, end, end + PADDING_BYTES)
    this.byteLength = end
    this.#position = 0
    for (const latest of [this.#latest3, this.#latest4]) latest.fill(-1)
    let chainLength = 1 << MIN_CHAIN_BITS
    while (chainLength < end && chainLength < MATCH_DISTANCE_LIMIT) chainLength *= 2
    if (this.#chain.length < chainLength) this.#chain = new Int32Array(chainLength)
    this.#chainMask = chainLength - 1
  }

  /** Counts equal bytes at two positions, `limit` at most. */
  matchLength(position: number, earlier: number, limit: number): number {
    const words = this.#words
    let length = 0
    while (length < limit) {
      const difference = words.getInt32(position + length, true) ^ words.getInt32(earlier + length, true)
      if (difference !== 0) return Math.min(limit, length + ((31 - Math.clz32(difference & -difference)) >>> 3))
      length += 4
    }
    return limit
  }

  /** Finds the longest match for the next position that is not entered, and enters it. */
  find(): void {
    const position = this.#position++
    this.length = 0
    const limit = Math.min(MATCH_MAX_BYTES, this.byteLength - position)
    if (limit < 4) return
    const word = this.#words.getInt32(position, true)
    const hash3 = hash3Of(word)
    const hash4 = hash4Of(word)
    const earlier3 = this.#latest3[hash3] ?? 0
    const earlier4 = this.#latest4[hash4] ?? 0
    this.#latest3[hash3] = position
    this.#latest4[hash4] = position
    this.#chain[position & this.#chainMask] = earlier4
    this.#findLong(position, earlier4, limit)
    if (
      this.length === 0 &&
      earlier3 >= Math.max(0, position - this.#chainMask) &&
      (this.#words.getInt32(earlier3, true) ^ word) << 8 === 0
    ) {
      this.length = 3
      this.distance = position - earlier3
    }
  }

  /** Leaves the next position out: nothing is found there, now or later. */
  leaveOut(): void {
    this.#position++
    this.length = 0
  }

  /** Enters all positions before `end` without a search. */
  skipTo(end: number): void {
    const start = this.#position
    if (end - start > 2 * ENTERED_AT_ENDS) {
      this.#enter(start, start + ENTERED_AT_ENDS)
      this.#enter(end - ENTERED_AT_ENDS, end)
    } else {
      this.#enter(start, end)
    }
    this.#position = end
  }

  /** Follows the chain. Of matches of the same length it keeps the nearest. */
  #findLong(position: number, latest: number, limit: number): void {
    const words = this.#words
    const chain = this.#chain
    const mask = this.#chainMask
    const oldest = Math.max(0, position - mask)
    const enough = Math.min(limit, NICE_MATCH_BYTES)
    let best = 3
    let distance = 0
    // A longer match must contain these four bytes at its end. Most candidates do not.
    let ending = words.getInt32(position + best - 3, true)
    let earlier = latest
    for (let tries = CHAIN_DEPTH; tries > 0 && earlier >= oldest && best < enough; tries--) {
      if (words.getInt32(earlier + best - 3, true) === ending) {
        const length = this.matchLength(position, earlier, limit)
        if (length > best) {
          best = length
          distance = position - earlier
          ending = words.getInt32(position + best - 3, true)
        }
      }
      earlier = chain[earlier & mask] ?? 0
    }
    if (best < 4) return
    this.length = best
    this.distance = distance
  }

  #enter(from: number, end: number): void {
    const words = this.#words
    const chain = this.#chain
    const mask = this.#chainMask
    for (let position = from; position < end; position++) {
      const word = words.getInt32(position, true)
      const hash4 = hash4Of(word)
      this.#latest3[hash3Of(word)] = position
      chain[position & mask] = this.#latest4[hash4] ?? 0
      this.#latest4[hash4] = position
    }
  }
}

// Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4): the highest bits of a product depend
// on all bits of its factor, which is the golden ratio's.
const FACTOR = 0x9e3779b1

function hash3Of(word: number): number {
  return Math.imul(word << 8, FACTOR) >>> (32 - HASH_3_BITS)
}

function hash4Of(word: number): number {
  return Math.imul(word, FACTOR) >>> (32 - HASH_4_BITS)
}
