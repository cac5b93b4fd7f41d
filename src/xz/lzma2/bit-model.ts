/**
 * Bit models: LZMA's estimates of how likely a bit is 0, in 2048ths, each learning from the bits it has coded.
 * LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "Context modeling" and "Range coding".
 */

export const MODEL_TOTAL_BITS = 11
export const MODEL_TOTAL = 1 << MODEL_TOTAL_BITS

/** A model moves by this fraction of its distance to certainty, as a power of two, with each bit. */
export const MODEL_MOVE_BITS = 5

/** Gives models that know nothing yet: both values of a bit are as likely. */
export function createBitModels(count: number): Uint16Array {
  return new Uint16Array(count).fill(MODEL_TOTAL / 2)
}

/** Makes models forget what they have learnt. */
export function resetBitModels(models: Uint16Array): void {
  models.fill(MODEL_TOTAL / 2)
}
