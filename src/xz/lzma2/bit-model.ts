/**
 * Bit models: LZMA's estimates of the probability that a bit is 0, in 2048ths. Each model learns from the bits that it
 * has coded.
 * LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "Context modeling" and "Range coding".
 */

/** Probabilities have this many bits. */
export const MODEL_TOTAL_BITS = 11
export const MODEL_TOTAL = 1 << MODEL_TOTAL_BITS

/** With each bit, a model moves towards certainty by 1/2^5 of the remaining distance. */
export const MODEL_MOVE_BITS = 5

/** Creates models without knowledge: both values of a bit are equally likely. */
export function createBitModels(count: number): Uint16Array {
  return new Uint16Array(count).fill(MODEL_TOTAL / 2)
}

/** Resets models to their initial state. */
export function resetBitModels(models: Uint16Array): void {
  models.fill(MODEL_TOTAL / 2)
}
