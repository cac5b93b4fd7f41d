/**
 * LZMA symbol coder: codes literals and matches with all models of the format, which depend on the state (what kinds of symbols came
 * before) and on the place modulo 4 (pb = 2), and tells what a symbol would cost.
 * LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "The LZ77 decoder" and "State Machine".
 */
import { createBitModels, resetBitModels } from './bit-model.ts'
import { bitPrice } from './bit-price.ts'
import { DistanceCoder } from './distance-coder.ts'
import { LengthCoder, POSITION_STATES } from './length-coder.ts'
import { LiteralCoder } from './literal-coder.ts'
import type { RangeEncoder } from './range-encoder.ts'

const STATES = 12
/** In states from this one on, the last symbol was a match of some kind. */
const FIRST_STATE_AFTER_MATCH = 7
export const REPEATS = 4

export class LzmaEncoder {
  /** The distances of the last four matches, latest first; a repeat names one of them by its index. */
  readonly repeats = new Int32Array(REPEATS)
  readonly #rangeEncoder: RangeEncoder
  #state = 0
  readonly #isMatch = createBitModels(STATES * POSITION_STATES)
  readonly #isRepeat = createBitModels(STATES)
  readonly #isBeyondRepeat0 = createBitModels(STATES)
  readonly #isBeyondRepeat1 = createBitModels(STATES)
  readonly #isRepeat3 = createBitModels(STATES)
  readonly #isRepeat0Long = createBitModels(STATES * POSITION_STATES)
  readonly #literals = new LiteralCoder()
  readonly #matchLengths = new LengthCoder()
  readonly #repeatLengths = new LengthCoder()
  readonly #distances = new DistanceCoder()

  constructor(rangeEncoder: RangeEncoder) {
    this.#rangeEncoder = rangeEncoder
  }

  /** Forgets everything, as a decoder does where a chunk resets its state. */
  reset(): void {
    this.#state = 0
    this.repeats.fill(1)
    resetBitModels(this.#isMatch)
    resetBitModels(this.#isRepeat)
    resetBitModels(this.#isBeyondRepeat0)
    resetBitModels(this.#isBeyondRepeat1)
    resetBitModels(this.#isRepeat3)
    resetBitModels(this.#isRepeat0Long)
    this.#literals.reset()
    this.#matchLengths.reset()
    this.#repeatLengths.reset()
    this.#distances.reset()
    this.updatePrices()
  }

  /** Brings the prices of lengths and distances up to date, which are too many to be computed for each symbol. */
  updatePrices(): void {
    this.#matchLengths.updatePrices()
    this.#repeatLengths.updatePrices()
    this.#distances.updatePrices()
  }

  encodeLiteral(window: Uint8Array, place: number): void {
    const state = this.#state
    this.#rangeEncoder.encodeBit(this.#isMatch, modelOf(state, place), 0)
    const literal = window[place] ?? 0
    const previousByte = place === 0 ? 0 : (window[place - 1] ?? 0)
    if (state < FIRST_STATE_AFTER_MATCH) this.#literals.encode(this.#rangeEncoder, literal, previousByte)
    else this.#literals.encodeMatched(this.#rangeEncoder, literal, previousByte, this.#repeatedByte(window, place))
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  }

  encodeMatch(place: number, length: number, distance: number): void {
    const state = this.#state
    this.#rangeEncoder.encodeBit(this.#isMatch, modelOf(state, place), 1)
    this.#rangeEncoder.encodeBit(this.#isRepeat, state, 0)
    this.#matchLengths.encode(this.#rangeEncoder, length, positionStateOf(place))
    this.#distances.encode(this.#rangeEncoder, distance, length)
    this.#useRepeat(REPEATS - 1, distance)
    this.#state = state < FIRST_STATE_AFTER_MATCH ? 7 : 10
  }

  /** Codes a match with one of the last four distances. */
  encodeRepeat(place: number, length: number, which: number): void {
    const state = this.#state
    const rangeEncoder = this.#rangeEncoder
    rangeEncoder.encodeBit(this.#isMatch, modelOf(state, place), 1)
    rangeEncoder.encodeBit(this.#isRepeat, state, 1)
    rangeEncoder.encodeBit(this.#isBeyondRepeat0, state, which === 0 ? 0 : 1)
    if (which === 0) {
      rangeEncoder.encodeBit(this.#isRepeat0Long, modelOf(state, place), 1)
    } else {
      rangeEncoder.encodeBit(this.#isBeyondRepeat1, state, which === 1 ? 0 : 1)
      if (which > 1) rangeEncoder.encodeBit(this.#isRepeat3, state, which - 2)
      this.#useRepeat(which, this.repeats[which] ?? 0)
    }
    this.#repeatLengths.encode(rangeEncoder, length, positionStateOf(place))
    this.#state = state < FIRST_STATE_AFTER_MATCH ? 8 : 11
  }

  /** Codes a single byte that equals the one at the last distance. */
  encodeShortRepeat(place: number): void {
    const state = this.#state
    this.#rangeEncoder.encodeBit(this.#isMatch, modelOf(state, place), 1)
    this.#rangeEncoder.encodeBit(this.#isRepeat, state, 1)
    this.#rangeEncoder.encodeBit(this.#isBeyondRepeat0, state, 0)
    this.#rangeEncoder.encodeBit(this.#isRepeat0Long, modelOf(state, place), 0)
    this.#state = state < FIRST_STATE_AFTER_MATCH ? 9 : 11
  }

  literalPrice(window: Uint8Array, place: number): number {
    const state = this.#state
    const literal = window[place] ?? 0
    const previousByte = place === 0 ? 0 : (window[place - 1] ?? 0)
    return (
      bitPrice(this.#isMatch, modelOf(state, place), 0) +
      (state < FIRST_STATE_AFTER_MATCH
        ? this.#literals.price(literal, previousByte)
        : this.#literals.matchedPrice(literal, previousByte, this.#repeatedByte(window, place)))
    )
  }

  /** What a match costs before its length and distance. */
  matchPrice(place: number): number {
    return bitPrice(this.#isMatch, modelOf(this.#state, place), 1) + bitPrice(this.#isRepeat, this.#state, 0)
  }

  /** What length and distance of a match add to `matchPrice`. */
  lengthAndDistancePrice(place: number, length: number, distance: number): number {
    return this.#matchLengths.price(length, positionStateOf(place)) + this.#distances.price(distance, length)
  }

  repeatPrice(place: number, length: number, which: number): number {
    const state = this.#state
    const price =
      bitPrice(this.#isMatch, modelOf(state, place), 1) +
      bitPrice(this.#isRepeat, state, 1) +
      this.#repeatLengths.price(length, positionStateOf(place))
    if (which === 0) {
      return price + bitPrice(this.#isBeyondRepeat0, state, 0) + bitPrice(this.#isRepeat0Long, modelOf(state, place), 1)
    }
    const beyond0 = price + bitPrice(this.#isBeyondRepeat0, state, 1)
    if (which === 1) return beyond0 + bitPrice(this.#isBeyondRepeat1, state, 0)
    return beyond0 + bitPrice(this.#isBeyondRepeat1, state, 1) + bitPrice(this.#isRepeat3, state, which - 2)
  }

  shortRepeatPrice(place: number): number {
    const state = this.#state
    return (
      bitPrice(this.#isMatch, modelOf(state, place), 1) +
      bitPrice(this.#isRepeat, state, 1) +
      bitPrice(this.#isBeyondRepeat0, state, 0) +
      bitPrice(this.#isRepeat0Long, modelOf(state, place), 0)
    )
  }

  #repeatedByte(window: Uint8Array, place: number): number {
    return window[place - (this.repeats[0] ?? 0)] ?? 0
  }

  /** Puts a distance first and moves those before index `which` back by one. */
  #useRepeat(which: number, distance: number): void {
    const { repeats } = this
    for (let index = which; index > 0; index--) repeats[index] = repeats[index - 1] ?? 0
    repeats[0] = distance
  }
}

function positionStateOf(place: number): number {
  return place & (POSITION_STATES - 1)
}

function modelOf(state: number, place: number): number {
  return state * POSITION_STATES + positionStateOf(place)
}
