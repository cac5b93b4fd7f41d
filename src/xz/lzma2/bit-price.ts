/**
 * Bit prices: the cost of coding a bit with a model, in sixteenths of a bit. The encoder compares its choices by
 * prices. Prices are not part of the format.
 */
import { MODEL_TOTAL, MODEL_TOTAL_BITS } from './bit-model.ts'

/** The price of one whole bit. */
export const BIT_PRICE = 16

/** Models share a price if they differ only in this many low bits. */
const STEP_BITS = 4

/**
 * The price of a bit whose probability is w 2048ths is 16 × (11 − log2 w), and 16 × log2 w = log2 w¹⁶. It is computed
 * with integers only: results of `Math.log2` may differ between engines, and then the image bytes would differ.
 */
const prices = Int32Array.from({ length: MODEL_TOTAL >>> STEP_BITS }, (_, step) => {
  const probability = BigInt((step << STEP_BITS) + (1 << (STEP_BITS - 1)))
  const log2 = (probability ** BigInt(BIT_PRICE)).toString(2).length - 1
  return MODEL_TOTAL_BITS * BIT_PRICE - log2
})

/** Returns the price of a bit with the model's current state. */
export function bitPrice(models: Uint16Array, index: number, bit: number): number {
  return prices[((models[index] ?? 0) ^ (-bit & (MODEL_TOTAL - 1))) >>> STEP_BITS] ?? 0
}

/** Returns the price of `encodeTree` with the same arguments. */
export function treePrice(models: Uint16Array, base: number, bitCount: number, value: number): number {
  let price = 0
  let node = value | (1 << bitCount)
  while (node !== 1) {
    const bit = node & 1
    node >>>= 1
    price += bitPrice(models, base + node, bit)
  }
  return price
}

/** Returns the price of `encodeReverseTree` with the same arguments. */
export function reverseTreePrice(models: Uint16Array, base: number, bitCount: number, value: number): number {
  let price = 0
  let node = 1
  for (let shift = 0; shift < bitCount; shift++) {
    const bit = (value >>> shift) & 1
    price += bitPrice(models, base + node, bit)
    node = (node << 1) | bit
  }
  return price
}
