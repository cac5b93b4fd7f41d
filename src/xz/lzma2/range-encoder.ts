/**
 * Range encoder: turns bits and their models into bytes. A likely bit takes a small fraction of a bit. It is the
 * inverse of the decoder in the LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "Range
 * Coding".
 */
import { MODEL_MOVE_BITS, MODEL_TOTAL, MODEL_TOTAL_BITS } from './bit-model.ts'

/** Bytes that `finish` adds. */
export const FINISH_BYTES = 4

const MODEL_ROUNDING = (1 << MODEL_MOVE_BITS) - 1

/**
 * All bytes together are one long number. `bytes` holds the digits written so far. The rest of the number is at least
 * `#low`, and less than `#low + #range`. Both are unsigned 32-bit values, kept as signed ones, which the engine stores
 * without allocating.
 */
export class RangeEncoder {
  /** Filled up to `byteLength`. Callers must stop in time, because the encoder does not check for the end. */
  readonly bytes: Uint8Array
  byteLength = 0
  #low = 0
  #range = 0

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
    this.reset()
  }

  /** Begins a new number. In this format its first digit is zero, which leaves room for every carry. */
  reset(): void {
    this.bytes[0] = 0
    this.byteLength = 1
    this.#low = 0
    this.#range = -1
  }

  /** Codes a bit with a model, which learns from it. */
  encodeBit(models: Uint16Array, index: number, bit: number): void {
    // No branch depends on the bit: in dense data, the processor would predict half of the branches wrongly.
    const mask = -bit
    const probability = models[index] ?? 0
    models[index] = probability + (((MODEL_TOTAL & ~mask) + (MODEL_ROUNDING & mask) - probability) >> MODEL_MOVE_BITS)
    const range = this.#range
    const bound = Math.imul(range >>> MODEL_TOTAL_BITS, probability)
    this.#narrow(bound & mask, (bound + ((range - bound - bound) & mask)) | 0)
  }

  /**
   * Codes the bits of a value, highest first. The bits before it select the model of each bit. The first bit uses `base
   * + 1`.
   */
  encodeTree(models: Uint16Array, base: number, bitCount: number, value: number): void {
    let node = 1
    for (let shift = bitCount - 1; shift >= 0; shift--) {
      const bit = (value >>> shift) & 1
      this.encodeBit(models, base + node, bit)
      node = (node << 1) | bit
    }
  }

  /** Same as `encodeTree`, but lowest bit first. */
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

  /** Writes the remaining digits of the number. */
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
