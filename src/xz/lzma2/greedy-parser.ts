/**
 * Greedy parser: divides data into literals and matches. At each position it takes the longest match. A repeat, which
 * names its distance in few bits, wins over a match that is hardly longer. The format leaves this choice to the
 * encoder. Comparing prices makes results six per cent smaller, and takes more than twice as long.
 */
import { MATCH_MAX_BYTES, MATCH_MIN_BYTES } from './length-coder.ts'
import { LzmaEncoder, REPEATS } from './lzma-encoder.ts'
import { MatchFinder, NICE_MATCH_BYTES } from './match-finder.ts'
import type { RangeEncoder } from './range-encoder.ts'

/** From these distances on, a match must be two or three bytes longer than a repeat. Found by trial. */
const FAR = 1 << 9
const VERY_FAR = 1 << 15
/** From this distance on, a match of three bytes costs more than three literals. */
const TOO_FAR_FOR_3_BYTES = 1 << 14
/** After this many literals, only every second position is searched, after twice as many every fourth, and so on. */
const LITERALS_PER_STEP_BITS = 6
const MAX_STEP_BITS = 4

/** Divides data into symbols and codes them with a range encoder. */
export class GreedyParser {
  readonly #lzma: LzmaEncoder
  readonly #finder = new MatchFinder()
  /** Literals since the last match that is no repeat. Where there are many, the data are packed already. */
  #literalCount = 0
  // The longest repeat at the position, and its index.
  #repeatLength = 0
  #repeat = 0

  constructor(rangeEncoder: RangeEncoder) {
    this.#lzma = new LzmaEncoder(rangeEncoder)
  }

  /** Starts with new data. */
  reset(data: Uint8Array): void {
    this.#finder.reset(data)
    this.#literalCount = 0
  }

  /** Resets all models, as a decoder does when a chunk resets its state. */
  resetState(): void {
    this.#lzma.reset()
  }

  /**
   * Codes the symbol at a position and returns the position after it. Call it with consecutive positions, without a
   * gap.
   */
  encodeSymbol(position: number): number {
    const finder = this.#finder
    this.#findRepeat(position)
    if (this.#repeatLength >= NICE_MATCH_BYTES) return this.#encodeRepeat(position)
    if (this.#isSearched(position)) finder.find()
    else finder.leaveOut()
    const { length, distance } = finder
    if (this.#isRepeatBetter(length, distance)) return this.#encodeRepeat(position)
    if (length < MATCH_MIN_BYTES || (length === 3 && distance >= TOO_FAR_FOR_3_BYTES)) return this.#encodeByte(position)
    this.#lzma.encodeMatch(position, length, distance)
    this.#literalCount = 0
    return this.#enterUntil(position + length)
  }

  #findRepeat(position: number): void {
    const { repeats } = this.#lzma
    const limit = Math.min(MATCH_MAX_BYTES, this.#finder.byteLength - position)
    this.#repeatLength = 0
    for (let which = 0; which < REPEATS; which++) {
      const distance = repeats[which] ?? 0
      if (distance > position) continue
      const length = this.#finder.matchLength(position, position - distance, limit)
      if (length <= this.#repeatLength) continue
      this.#repeatLength = length
      this.#repeat = which
    }
  }

  #isSearched(position: number): boolean {
    const stepBits = Math.min(MAX_STEP_BITS, this.#literalCount >>> LITERALS_PER_STEP_BITS)
    return (position & ((1 << stepBits) - 1)) === 0
  }

  #isRepeatBetter(length: number, distance: number): boolean {
    const more = distance >= VERY_FAR ? 3 : distance >= FAR ? 2 : 1
    return this.#repeatLength >= MATCH_MIN_BYTES && this.#repeatLength + more >= length
  }

  #encodeRepeat(position: number): number {
    this.#lzma.encodeRepeat(position, this.#repeatLength, this.#repeat)
    return this.#enterUntil(position + this.#repeatLength)
  }

  #enterUntil(position: number): number {
    this.#finder.skipTo(position)
    return position
  }

  #encodeByte(position: number): number {
    this.#literalCount++
    if (this.#repeatLength === 1 && this.#repeat === 0) this.#lzma.encodeShortRepeat(position)
    else this.#lzma.encodeLiteral(this.#finder.window, position)
    return position + 1
  }
}
