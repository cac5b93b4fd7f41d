/**
 * Lazy parser: divides data into literals and matches. It takes the match that saves most at a position, unless a match
 * that begins one byte later saves more. The format leaves this choice to the encoder. `xz -6` compares all
 * combinations: its results are a few per cent smaller, but it takes several times as long.
 */
import { BIT_PRICE } from './bit-price.ts'
import { MATCH_MAX_BYTES, MATCH_MIN_BYTES } from './length-coder.ts'
import { LzmaEncoder, REPEATS } from './lzma-encoder.ts'
import { MatchFinder, NICE_MATCH_BYTES } from './match-finder.ts'
import type { RangeEncoder } from './range-encoder.ts'

/** The worth of each byte that a match covers. Found by trial: results hardly change between 3 and 4 bits. */
const BYTE_WORTH = 3.5 * BIT_PRICE
/** The price of a literal whose real price is unknown. */
const USUAL_LITERAL_PRICE = 6 * BIT_PRICE
/**
 * Extra worth of a match if, one byte after it, three or four bytes equal those at the same distance: a cheap repeat
 * follows.
 */
const WORTH_OF_3_EQUAL_BYTES = 2.5 * BIT_PRICE
const WORTH_OF_4_EQUAL_BYTES = 5 * BIT_PRICE

const SYMBOLS_BETWEEN_PRICES = 1024

/** Divides data into symbols and codes them with a range encoder. */
export class LazyParser {
  readonly #lzma: LzmaEncoder
  readonly #finder = new MatchFinder()
  #symbolsUntilPrices = 0
  // The best symbol at `#position`. A length below 2: there is no match. `#repeat` is the index of a repeat, or -1.
  #position = -1
  #length = 0
  #repeat = -1
  #distance = 0
  #worth = 0

  constructor(rangeEncoder: RangeEncoder) {
    this.#lzma = new LzmaEncoder(rangeEncoder)
  }

  /** Starts with new data. */
  reset(data: Uint8Array): void {
    this.#finder.reset(data)
    this.#position = -1
  }

  /** Resets all models, as a decoder does when a chunk resets its state. */
  resetState(): void {
    this.#lzma.reset()
    this.#symbolsUntilPrices = SYMBOLS_BETWEEN_PRICES
    this.#position = -1
  }

  /**
   * Codes the symbol at a position and returns the position after it. Call it with consecutive positions, without a
   * gap.
   */
  encodeSymbol(position: number): number {
    if (this.#symbolsUntilPrices-- === 0) {
      this.#lzma.updatePrices()
      this.#symbolsUntilPrices = SYMBOLS_BETWEEN_PRICES
    }
    if (this.#position !== position) this.#chooseMatch(position)
    const length = this.#length
    const repeat = this.#repeat
    const distance = this.#distance
    if (length < MATCH_MIN_BYTES || (length < NICE_MATCH_BYTES && this.#isLiteralBetter(position)))
      return this.#encodeByte(position)
    if (repeat >= 0) this.#lzma.encodeRepeat(position, length, repeat)
    else this.#lzma.encodeMatch(position, length, distance)
    this.#finder.skipTo(position + length)
    return position + length
  }

  /**
   * Compares the chosen match with literals instead of it, and with a literal before the match at the next position.
   */
  #isLiteralBetter(position: number): boolean {
    const worth = this.#worth
    const literalPrice = this.#lzma.literalPrice(this.#finder.window, position)
    const literalsPrice = this.#length * ((literalPrice + USUAL_LITERAL_PRICE) >> 1)
    if (worth <= this.#length * BYTE_WORTH - literalsPrice) return true
    this.#chooseMatch(position + 1)
    return this.#length >= MATCH_MIN_BYTES && this.#worth + BYTE_WORTH - literalPrice > worth
  }

  #encodeByte(position: number): number {
    const lzma = this.#lzma
    const { window } = this.#finder
    const distance = lzma.repeats[0] ?? 0
    const isRepeated = position >= distance && window[position] === window[position - distance]
    if (isRepeated && lzma.shortRepeatPrice(position) < lzma.literalPrice(window, position))
      lzma.encodeShortRepeat(position)
    else lzma.encodeLiteral(window, position)
    return position + 1
  }

  #chooseMatch(position: number): void {
    this.#position = position
    this.#length = 0
    const limit = Math.min(MATCH_MAX_BYTES, this.#finder.byteLength - position)
    if (limit < MATCH_MIN_BYTES) return
    this.#chooseRepeat(position, limit)
    if (this.#length >= NICE_MATCH_BYTES) this.#finder.skipTo(position + 1)
    else this.#chooseFoundMatch(position)
  }

  #chooseRepeat(position: number, limit: number): void {
    const { repeats } = this.#lzma
    for (let which = 0; which < REPEATS && this.#length < NICE_MATCH_BYTES; which++) {
      const distance = repeats[which] ?? 0
      if (distance > position) continue
      const length = this.#finder.matchLength(position, position - distance, limit)
      if (length < MATCH_MIN_BYTES) continue
      this.#consider(position, length, distance, which, this.#lzma.repeatPrice(position, length, which))
    }
  }

  #chooseFoundMatch(position: number): void {
    const finder = this.#finder
    finder.find()
    const matchPrice = this.#lzma.matchPrice(position)
    for (let index = 0; index < finder.matchCount; index++) {
      const length = finder.lengths[index] ?? 0
      const distance = finder.distances[index] ?? 0
      this.#consider(
        position,
        length,
        distance,
        -1,
        matchPrice + this.#lzma.lengthAndDistancePrice(position, length, distance),
      )
    }
  }

  #consider(position: number, length: number, distance: number, repeat: number, price: number): void {
    const equalBytes = this.#finder.equalBytesOf4(position + length + 1, distance)
    const worthAfter = equalBytes === 4 ? WORTH_OF_4_EQUAL_BYTES : equalBytes === 3 ? WORTH_OF_3_EQUAL_BYTES : 0
    const worth = length * BYTE_WORTH - price + worthAfter
    if (this.#length > 0 && worth <= this.#worth) return
    this.#length = length
    this.#distance = distance
    this.#repeat = repeat
    this.#worth = worth
  }
}
