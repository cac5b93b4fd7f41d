/**
 * Range encoder: turns bits and their models into bytes, a likely bit into a small fraction of one. The inverse of the decoder in
 * the LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "Range Coding".
 */
import { MODEL_MOVE_BITS, MODEL_TOTAL, MODEL_TOTAL_BITS } from './bit-model.ts'

/** Bytes that `finish` adds. */
export const FINISH_BYTES = 4

const MODEL_ROUNDING = (1 << MODEL_MOVE_BITS) - 1

/**
 * The bytes together are one long number. `bytes` holds the digits written so far; the rest will lie from `#low` on, within
 * `#range`. Both are unsigned 32-bit values kept as signed ones, which the engine stores without allocating.
 */
export class RangeEncoder {
  /** Filled as far as `byteLength`. Whoever codes stops in time, since nothing here looks at the end. */
  readonly bytes: Uint8Array
  byteLength = 0
  #low = 0
  #range = 0

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
    this.reset()
  }

  /** Begins a new number. Its first digit is zero in this format, which leaves room for every carry. */
  reset(): void {
    this.bytes[0] = 0
    this.byteLength = 1
    this.#low = 0
    this.#range = -1
  }

  /** Codes a bit with a model, which learns from it. */
  encodeBit(models: Uint16Array, index: number, bit: number): void {
    // No branch depends on the bit: the processor would foresee half of them wrongly where data is dense.
    const mask = -bit
    const probability = models[index] ?? 0
    models[index] = probability + (((MODEL_TOTAL & ~mask) + (MODEL_ROUNDING & mask) - probability) >> MODEL_MOVE_BITS)
    const range = this.#range
    const bound = Math.imul(range >>> MODEL_TOTAL_BITS, probability)
    this.#narrow(bound & mask, (bound + ((range - bound - bound) & mask)) | 0)
  }

  /** Codes the bits of a value, highest first, each with the model that those before it lead to; the first uses `base + 1`. */
  encodeTree(models: Uint16Array, base: number, bitCount: number, value: number): void {
    let node = 1
    for (let shift = bitCount - 1; shift >= 0; shift--) {
      const bit = (value >>> shift) & 1
      this.encodeBit(models, base + node, bit)
      node = (node << 1) | bit
    }
  }

  /** As `encodeTree`, lowest bit first. */
  encodeReverseTree(models: Uint16Array, base: number, bitCount: number, value: number): void {
    let node = 1
    for (let shift = 0; shift < bitCount; shift++) {
      const bit = (value >>> shift) & 1
      this.encodeBit(models, base + node, bit)
      node = (node << 1) | bit
    }
  }

  /** Codes the bits of a value without models, highest first. */
  encodeDirectBits(value: number, bitCount: number): void {
    for (let shift = bitCount - 1; shift >= 0; shift--) {
      const half = this.#range >>> 1
      this.#narrow(half & -((value >>> shift) & 1), half)
    }
  }

  /** Writes out what is left of the number. */
  finish(): void {
    for (let index = 0; index < FINISH_BYTES; index++) this.#shift()
  }

  #narrow(raise: number, range: number): void {
    const low = this.#low
    const raised = (low + raise) | 0
    this.#low = raised
    this.#range = range
    if (raised >>> 0 < low >>> 0) this.#carry()
    if (range >>> 24 === 0) this.#shift()
  }

  #carry(): void {
    const { bytes } = this
    let index = this.byteLength - 1
    while (bytes[index] === 0xff) bytes[index--] = 0
    bytes[index] = (bytes[index] ?? 0) + 1
  }

  #shift(): void {
    this.bytes[this.byteLength++] = this.#low >>> 24
    this.#low <<= 8
    this.#range <<= 8
  }
}
