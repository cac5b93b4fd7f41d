/**
 * Lazy parser: divides data into literals and matches. It takes the match that saves most at a place, unless one that begins a
 * byte later saves more. The format leaves this to the encoder. Looking at all combinations, as `xz -6` does, makes results
 * a few per cent smaller and takes several times as long.
 */
import { BIT_PRICE } from './bit-price.ts'
import { MATCH_MAX_BYTES, MATCH_MIN_BYTES } from './length-coder.ts'
import { LzmaEncoder, REPEATS } from './lzma-encoder.ts'
import { MatchFinder, NICE_MATCH_BYTES } from './match-finder.ts'
import type { RangeEncoder } from './range-encoder.ts'

/** What a byte is worth that a match saves others from coding. Found by trial; results hardly change between 3 and 4 bits. */
const BYTE_WORTH = 3.5 * BIT_PRICE
/** What a literal costs where nothing better is known. */
const USUAL_LITERAL_PRICE = 6 * BIT_PRICE
/** Worth of a match after which, one byte further, three or four bytes equal those at the same distance: a cheap repeat. */
const WORTH_OF_3_EQUAL_BYTES = 2.5 * BIT_PRICE
const WORTH_OF_4_EQUAL_BYTES = 5 * BIT_PRICE

const SYMBOLS_BETWEEN_PRICES = 1024

export class LazyParser {
  readonly #lzma: LzmaEncoder
  readonly #finder = new MatchFinder()
  #symbolsUntilPrices = 0
  // The most worthy symbol at `#place`: a length below 2 says that there is no match, `#repeat` is its index or -1.
  #place = -1
  #length = 0
  #repeat = -1
  #distance = 0
  #worth = 0

  constructor(rangeEncoder: RangeEncoder) {
    this.#lzma = new LzmaEncoder(rangeEncoder)
  }

  /** Takes over new data. */
  reset(data: Uint8Array): void {
    this.#finder.reset(data)
    this.#place = -1
  }

  /** Forgets all models, as a decoder does where a chunk resets its state. */
  resetState(): void {
    this.#lzma.reset()
    this.#symbolsUntilPrices = SYMBOLS_BETWEEN_PRICES
    this.#place = -1
  }

  /** Codes the symbol at a place and gives the place after it. Places follow one another without a gap. */
  encodeSymbol(place: number): number {
    if (this.#symbolsUntilPrices-- === 0) {
      this.#lzma.updatePrices()
      this.#symbolsUntilPrices = SYMBOLS_BETWEEN_PRICES
    }
    if (this.#place !== place) this.#chooseMatch(place)
    const length = this.#length
    const repeat = this.#repeat
    const distance = this.#distance
    if (length < MATCH_MIN_BYTES || (length < NICE_MATCH_BYTES && this.#isLiteralBetter(place)))
      return this.#encodeByte(place)
    if (repeat >= 0) this.#lzma.encodeRepeat(place, length, repeat)
    else this.#lzma.encodeMatch(place, length, distance)
    this.#finder.skipTo(place + length)
    return place + length
  }

  /** Compares the match chosen with literals in its stead, and with a literal before the match at the next place. */
  #isLiteralBetter(place: number): boolean {
    const worth = this.#worth
    const literalPrice = this.#lzma.literalPrice(this.#finder.window, place)
    const literalsPrice = this.#length * ((literalPrice + USUAL_LITERAL_PRICE) >> 1)
    if (worth <= this.#length * BYTE_WORTH - literalsPrice) return true
    this.#chooseMatch(place + 1)
    return this.#length >= MATCH_MIN_BYTES && this.#worth + BYTE_WORTH - literalPrice > worth
  }

  #encodeByte(place: number): number {
    const lzma = this.#lzma
    const { window } = this.#finder
    const distance = lzma.repeats[0] ?? 0
    const isRepeated = place >= distance && window[place] === window[place - distance]
    if (isRepeated && lzma.shortRepeatPrice(place) < lzma.literalPrice(window, place)) lzma.encodeShortRepeat(place)
    else lzma.encodeLiteral(window, place)
    return place + 1
  }

  #chooseMatch(place: number): void {
    this.#place = place
    this.#length = 0
    const limit = Math.min(MATCH_MAX_BYTES, this.#finder.byteLength - place)
    if (limit < MATCH_MIN_BYTES) return
    this.#chooseRepeat(place, limit)
    if (this.#length >= NICE_MATCH_BYTES) this.#finder.skipTo(place + 1)
    else this.#chooseFoundMatch(place)
  }

  #chooseRepeat(place: number, limit: number): void {
    const { repeats } = this.#lzma
    for (let which = 0; which < REPEATS && this.#length < NICE_MATCH_BYTES; which++) {
      const distance = repeats[which] ?? 0
      if (distance > place) continue
      const length = this.#finder.matchLength(place, place - distance, limit)
      if (length < MATCH_MIN_BYTES) continue
      this.#consider(place, length, distance, which, this.#lzma.repeatPrice(place, length, which))
    }
  }

  #chooseFoundMatch(place: number): void {
    const finder = this.#finder
    finder.find()
    const matchPrice = this.#lzma.matchPrice(place)
    for (let index = 0; index < finder.matchCount; index++) {
      const length = finder.lengths[index] ?? 0
      const distance = finder.distances[index] ?? 0
      this.#consider(
        place,
        length,
        distance,
        -1,
        matchPrice + this.#lzma.lengthAndDistancePrice(place, length, distance),
      )
    }
  }

  #consider(place: number, length: number, distance: number, repeat: number, price: number): void {
    const equalBytes = this.#finder.equalBytesOf4(place + length + 1, distance)
    const worthAfter = equalBytes === 4 ? WORTH_OF_4_EQUAL_BYTES : equalBytes === 3 ? WORTH_OF_3_EQUAL_BYTES : 0
    const worth = length * BYTE_WORTH - price + worthAfter
    if (this.#length > 0 && worth <= this.#worth) return
    this.#length = length
    this.#distance = distance
    this.#repeat = repeat
    this.#worth = worth
  }
}
