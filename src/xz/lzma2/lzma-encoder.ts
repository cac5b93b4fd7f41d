/**
 * LZMA symbol coder: codes literals and matches. It uses all models of the format. They
 * depend on the state (the kinds of the previous symbols) and on the position modulo 4 (pb = 2).
 * LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "The LZ77 decoder" and "State Machine".
 */
import { createBitModels, resetBitModels } from './bit-model.ts'
import { DistanceCoder } from './distance-coder.ts'
import { LengthCoder, POSITION_STATES } from './length-coder.ts'
import { LiteralCoder } from './literal-coder.ts'
import type { RangeEncoder } from './range-encoder.ts'

const STATES = 12
/** In this state and later ones, the last symbol was a match of some kind. */
const FIRST_STATE_AFTER_MATCH = 7
/** The number of recent distances that the format remembers. */
export const REPEATS = 4

/** Codes symbols with a range encoder. */
export class LzmaEncoder {
  /** The distances of the last four matches, latest first. A repeat names one of them by its index. */
  readonly repeats = new Int32Array(REPEATS)
  readonly #rangeEncoder: RangeEncoder
  #state = 0
  readonly #isMatch = createBitModels(STATES * POSITION_STATES)
  readonly #isRep = createBitModels(STATES)
  readonly #isRepG0 = createBitModels(STATES)
  readonly #isRepG1 = createBitModels(STATES)
  readonly #isRepG2 = createBitModels(STATES)
  readonly #isRep0Long = createBitModels(STATES * POSITION_STATES)
  readonly #literals = new LiteralCoder()
  readonly #matchLengths = new LengthCoder()
  readonly #repeatLengths = new LengthCoder()
  readonly #distances = new DistanceCoder()

  constructor(rangeEncoder: RangeEncoder) {
    this.#rangeEncoder = rangeEncoder
  }

  /** Resets everything, as a decoder does when a chunk resets its state. */
  reset(): void {
    this.#state = 0
    this.repeats.fill(1)
    resetBitModels(this.#isMatch)
    resetBitModels(this.#isRep)
    resetBitModels(this.#isRepG0)
    resetBitModels(this.#isRepG1)
    resetBitModels(this.#isRepG2)
    resetBitModels(this.#isRep0Long)
    this.#literals.reset()
    this.#matchLengths.reset()
    this.#repeatLengths.reset()
    this.#distances.reset()
  }

  encodeLiteral(window: Uint8Array, position: number): void {
    const state = this.#state
    this.#rangeEncoder.encodeBit(this.#isMatch, modelOf(state, position), 0)
    const literal = window[position] ?? 0
    const previousByte = position === 0 ? 0 : (window[position - 1] ?? 0)
    if (state < FIRST_STATE_AFTER_MATCH) this.#literals.encode(this.#rangeEncoder, literal, previousByte)
    else this.#literals.encodeMatched(this.#rangeEncoder, literal, previousByte, this.#repeatedByte(window, position))
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  }

  encodeMatch(position: number, length: number, distance: number): void {
    const state = this.#state
    this.#rangeEncoder.encodeBit(this.#isMatch, modelOf(state, position), 1)
    this.#rangeEncoder.encodeBit(this.#isRep, state, 0)
    this.#matchLengths.encode(this.#rangeEncoder, length, positionStateOf(position))
    this.#distances.encode(this.#rangeEncoder, distance, length)
    this.#useRepeat(REPEATS - 1, distance)
    this.#state = state < FIRST_STATE_AFTER_MATCH ? 7 : 10
  }

  /** Codes a match with one of the last four distances. */
  encodeRepeat(position: number, length: number, which: number): void {
    const state = this.#state
    const rangeEncoder = this.#rangeEncoder
    rangeEncoder.encodeBit(this.#isMatch, modelOf(state, position), 1)
    rangeEncoder.encodeBit(this.#isRep, state, 1)
    rangeEncoder.encodeBit(this.#isRepG0, state, which === 0 ? 0 : 1)
    if (which === 0) {
      rangeEncoder.encodeBit(this.#isRep0Long, modelOf(state, position), 1)
    } else {
      rangeEncoder.encodeBit(this.#isRepG1, state, which === 1 ? 0 : 1)
      if (which > 1) rangeEncoder.encodeBit(this.#isRepG2, state, which - 2)
      this.#useRepeat(which, this.repeats[which] ?? 0)
    }
    this.#repeatLengths.encode(rangeEncoder, length, positionStateOf(position))
    this.#state = state < FIRST_STATE_AFTER_MATCH ? 8 : 11
  }

  /** Codes a single byte that equals the one at the last distance. */
  encodeShortRepeat(position: number): void {
    const state = this.#state
    this.#rangeEncoder.encodeBit(this.#isMatch, modelOf(state, position), 1)
    this.#rangeEncoder.encodeBit(this.#isRep, state, 1)
    this.#rangeEncoder.encodeBit(this.#isRepG0, state, 0)
    this.#rangeEncoder.encodeBit(this.#isRep0Long, modelOf(state, position), 0)
    this.#state = state < FIRST_STATE_AFTER_MATCH ? 9 : 11
  }

  #repeatedByte(window: Uint8Array, position: number): number {
    return window[position - (this.repeats[0] ?? 0)] ?? 0
  }

  /** Moves a distance to the front. The distances before index `which` move back by one. */
  #useRepeat(which: number, distance: number): void {
    const { repeats } = this
    for (let index = which; index > 0; index--) repeats[index] = repeats[index - 1] ?? 0
    repeats[0] = distance
  }
}

function positionStateOf(position: number): number {
  return position & (POSITION_STATES - 1)
}

function modelOf(state: number, position: number): number {
  return state * POSITION_STATES + positionStateOf(position)
}
