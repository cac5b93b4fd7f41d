/**
 * Match finder: finds earlier positions whose bytes equal those at the current one. Tables give the latest position
 * with the same hash of 2, 3, 4 or 5 bytes. From the latest position for 5 bytes, a chain leads to all earlier ones,
 * nearest first. The format leaves this to the encoder. The technique is the hash chain of RFC 1951, section 4, with
 * more tables.
 */
import { MATCH_MAX_BYTES } from './length-coder.ts'

/**
 * Matches start less than this many bytes back, even in longer data. The limit bounds the memory of the chains to 16
 * MiB.
 */
export const MATCH_DISTANCE_LIMIT = 1 << 22

/** A match of this length is taken without a search for a better one. */
export const NICE_MATCH_BYTES = 48

/** How many positions of a chain are tried. Twice as many make results at most 0.5 % smaller and take a tenth longer. */
const CHAIN_DEPTH = 8
/** A match of two bytes from further away costs more than two literals. */
const MAX_DISTANCE_OF_2_BYTES = 128

const HASH_2_BITS = 12
const HASH_3_BITS = 15
const HASH_4_BITS = 16
const HASH_5_BITS = 18
const MIN_CHAIN_BITS = 16
/** Bytes that are read at once at a position. They may extend past the data. */
const PADDING_BYTES = 8
/**
 * How many positions at each end of a long match are entered. Positions between them are found through the match's
 * source.
 */
const ENTERED_AT_ENDS = 32

/**
 * The largest number of matches. From 5 bytes on, each match is at least one byte longer than the one before. Two
 * shorter ones may be added.
 */
const MAX_MATCHES = MATCH_MAX_BYTES

/** Finds matches for positions, which it enters in ascending order. */
export class MatchFinder {
  /**
   * A copy of the data, followed by zero bytes. The copy always has the same class, so the engine compiles for one
   * class.
   */
  window = new Uint8Array(0)
  byteLength = 0
  /** Lengths and distances of the matches of the last `find`, in no defined order. Distance 1 is the previous byte. */
  readonly lengths = new Int32Array(MAX_MATCHES)
  readonly distances = new Int32Array(MAX_MATCHES)
  matchCount = 0
  /** All positions before this one are entered. */
  #position = 0
  #words = new DataView(this.window.buffer)
  #chain = new Int32Array(0)
  #chainMask = 0
  readonly #latest2 = new Int32Array(1 << HASH_2_BITS)
  readonly #latest3 = new Int32Array(1 << HASH_3_BITS)
  readonly #latest4 = new Int32Array(1 << HASH_4_BITS)
  readonly #latest5 = new Int32Array(1 << HASH_5_BITS)

  /** Starts with new data and drops the old. Old entries of the chain become unreachable. */
  reset(data: Uint8Array): void {
    const end = data.byteLength
    if (this.window.byteLength < end + PADDING_BYTES) {
      this.window = new Uint8Array(end + PADDING_BYTES)
      this.#words = new DataView(this.window.buffer)
    }
    this.window.set(data)
    this.window.fill(0, end, end + PADDING_BYTES)
    this.byteLength = end
    this.#position = 0
    for (const latest of [this.#latest2, this.#latest3, this.#latest4, this.#latest5]) latest.fill(-1)
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

  /**
   * Counts how many of the four bytes from a position equal those at a distance. Counts below 3, and bytes past the
   * end, give 0.
   */
  equalBytesOf4(position: number, distance: number): number {
    if (position + 4 > this.byteLength) return 0
    const difference = this.#words.getInt32(position, true) ^ this.#words.getInt32(position - distance, true)
    return difference === 0 ? 4 : difference << 8 === 0 ? 3 : 0
  }

  /** Finds matches for the next position that is not entered, and enters it. */
  find(): void {
    const position = this.#position++
    this.matchCount = 0
    const limit = Math.min(MATCH_MAX_BYTES, this.byteLength - position)
    if (limit < 5) return
    const word = this.#words.getInt32(position, true)
    const hash2 = hash2Of(word)
    const hash3 = hash3Of(word)
    const hash4 = hash4Of(word)
    const hash5 = hash5Of(word, this.window[position + 4] ?? 0)
    const earlier2 = this.#latest2[hash2] ?? 0
    const earlier3 = this.#latest3[hash3] ?? 0
    const earlier4 = this.#latest4[hash4] ?? 0
    const earlier5 = this.#latest5[hash5] ?? 0
    this.#latest2[hash2] = position
    this.#latest3[hash3] = position
    this.#latest4[hash4] = position
    this.#latest5[hash5] = position
    this.#chain[position & this.#chainMask] = earlier5
    this.#findLong(position, earlier5, limit)
    if (this.matchCount === 0) this.#findShort(position, word, earlier2, earlier3, earlier4)
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

  /** Follows the chain. Each match is longer than the one before, and further away. */
  #findLong(position: number, latest: number, limit: number): void {
    const words = this.#words
    const chain = this.#chain
    const mask = this.#chainMask
    const oldest = Math.max(0, position - mask)
    const enough = Math.min(limit, NICE_MATCH_BYTES)
    let count = 0
    let best = 4
    // A longer match must contain these four bytes at its end. Most candidates do not.
    let ending = words.getInt32(position + best - 3, true)
    let earlier = latest
    for (let tries = CHAIN_DEPTH; tries > 0 && earlier >= oldest && best < enough; tries--) {
      if (words.getInt32(earlier + best - 3, true) === ending) {
        const length = this.matchLength(position, earlier, limit)
        if (length > best) {
          best = length
          this.lengths[count] = length
          this.distances[count++] = position - earlier
          ending = words.getInt32(position + best - 3, true)
        }
      }
      earlier = chain[earlier & mask] ?? 0
    }
    this.matchCount = count
  }

  /** Looks at the latest positions with the same 2, 3 or 4 bytes. It runs only if `#findLong` found no longer match. */
  #findShort(position: number, word: number, earlier2: number, earlier3: number, earlier4: number): void {
    const words = this.#words
    const oldest = Math.max(0, position - this.#chainMask)
    if (earlier4 >= oldest && words.getInt32(earlier4, true) === word) {
      this.#add(4, position - earlier4)
    } else if (earlier3 >= oldest && (words.getInt32(earlier3, true) ^ word) << 8 === 0) {
      this.#add(3, position - earlier3)
    }
    if (
      earlier2 >= Math.max(0, position - MAX_DISTANCE_OF_2_BYTES) &&
      (words.getInt32(earlier2, true) ^ word) << 16 === 0
    ) {
      this.#add(2, position - earlier2)
    }
  }

  #add(length: number, distance: number): void {
    this.lengths[this.matchCount] = length
    this.distances[this.matchCount++] = distance
  }

  #enter(from: number, end: number): void {
    const words = this.#words
    for (let position = from; position < end; position++) {
      const word = words.getInt32(position, true)
      const hash5 = hash5Of(word, this.window[position + 4] ?? 0)
      this.#latest2[hash2Of(word)] = position
      this.#latest3[hash3Of(word)] = position
      this.#latest4[hash4Of(word)] = position
      this.#chain[position & this.#chainMask] = this.#latest5[hash5] ?? 0
      this.#latest5[hash5] = position
    }
  }
}

// Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4): the highest bits of a product depend
// on all bits of its factor. The factors are the golden ratio's and a second odd number.
const FACTOR = 0x9e3779b1
const FACTOR_OF_BYTE_5 = 0x85ebca6b

function hash2Of(word: number): number {
  return Math.imul(word << 16, FACTOR) >>> (32 - HASH_2_BITS)
}

function hash3Of(word: number): number {
  return Math.imul(word << 8, FACTOR) >>> (32 - HASH_3_BITS)
}

function hash4Of(word: number): number {
  return Math.imul(word, FACTOR) >>> (32 - HASH_4_BITS)
}

function hash5Of(word: number, byte5: number): number {
  return (Math.imul(word, FACTOR) + Math.imul(byte5, FACTOR_OF_BYTE_5)) >>> (32 - HASH_5_BITS)
}
