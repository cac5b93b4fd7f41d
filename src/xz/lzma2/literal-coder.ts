/**
 * Literal coder: codes one byte as it is. The byte before it selects the models (lc = 3, lp = 0). After a match, the
 * byte that a repeated match would copy here also selects them: the literal is certainly another byte.
 * LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "Literal Decoding".
 */
import { createBitModels, resetBitModels } from './bit-model.ts'
import type { RangeEncoder } from './range-encoder.ts'

/** lc: the number of high bits of the previous byte that select models. */
export const LITERAL_CONTEXT_BITS = 3

/** 256 models for a literal without comparison, and 256 for each value of the bit that it is compared with. */
const MODELS_PER_CONTEXT = 0x300

/** Codes literals. */
export class LiteralCoder {
  readonly #models = createBitModels(MODELS_PER_CONTEXT << LITERAL_CONTEXT_BITS)

  reset(): void {
    resetBitModels(this.#models)
  }

  encode(rangeEncoder: RangeEncoder, literal: number, previousByte: number): void {
    rangeEncoder.encodeTree(this.#models, contextOf(previousByte), 8, literal)
  }

  encodeMatched(rangeEncoder: RangeEncoder, literal: number, previousByte: number, matchByte: number): void {
    const context = contextOf(previousByte)
    const models = this.#models
    let node = 1
    // Becomes zero at the first bit that differs. From there on, the literal is coded without comparison.
    let alike = 0x100
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (literal >>> shift) & 1
      const matchBit = (matchByte >>> shift) & 1
      rangeEncoder.encodeBit(models, context + alike + (alike & -matchBit) + node, bit)
      node = (node << 1) | bit
      if (bit !== matchBit) alike = 0
    }
  }
}

function contextOf(previousByte: number): number {
  return MODELS_PER_CONTEXT * (previousByte >>> (8 - LITERAL_CONTEXT_BITS))
}
