/**
 * Length coder: codes the length of a match, 2 to 273 bytes. Of its three ranges, shorter lengths are cheaper.
 * LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "The Match Length Decoding".
 */
import { createBitModels, resetBitModels } from './bit-model.ts'
import type { RangeEncoder } from './range-encoder.ts'

/** Shortest and longest match that the format codes. */
export const MATCH_MIN_BYTES = 2
export const MATCH_MAX_BYTES = 273

/** pb: the number of low bits of a position that select models. */
export const POSITION_STATE_BITS = 2
/** Number of values of these bits. */
export const POSITION_STATES = 1 << POSITION_STATE_BITS

const LOW_BITS = 3
const HIGH_BITS = 8
const SHORT_SYMBOLS = 1 << LOW_BITS

// Positions of the models: two choices, then twice a tree for each position state, then the tree of long lengths.
const CHOICE = 0
const CHOICE_2 = 1
const LOW = 2
const MIDDLE = LOW + POSITION_STATES * SHORT_SYMBOLS
const HIGH = MIDDLE + POSITION_STATES * SHORT_SYMBOLS
const MODELS = HIGH + (1 << HIGH_BITS)

/** Codes the lengths of matches. */
export class LengthCoder {
  readonly #models = createBitModels(MODELS)

  reset(): void {
    resetBitModels(this.#models)
  }

  encode(rangeEncoder: RangeEncoder, length: number, positionState: number): void {
    const models = this.#models
    const symbol = length - MATCH_MIN_BYTES
    if (symbol < SHORT_SYMBOLS) {
      rangeEncoder.encodeBit(models, CHOICE, 0)
      rangeEncoder.encodeTree(models, LOW + positionState * SHORT_SYMBOLS, LOW_BITS, symbol)
    } else if (symbol < 2 * SHORT_SYMBOLS) {
      rangeEncoder.encodeBit(models, CHOICE, 1)
      rangeEncoder.encodeBit(models, CHOICE_2, 0)
      rangeEncoder.encodeTree(models, MIDDLE + positionState * SHORT_SYMBOLS, LOW_BITS, symbol - SHORT_SYMBOLS)
    } else {
      rangeEncoder.encodeBit(models, CHOICE, 1)
      rangeEncoder.encodeBit(models, CHOICE_2, 1)
      rangeEncoder.encodeTree(models, HIGH, HIGH_BITS, symbol - 2 * SHORT_SYMBOLS)
    }
  }
}
