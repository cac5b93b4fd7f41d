/**
 * Distance coder: codes how far back a match begins. A slot holds the two highest bits and their position. The lower
 * bits follow. Small distances have models for every lower bit, larger ones only for the lowest four bits.
 * LZMA specification (https://www.7-zip.org/sdk.html, lzma-specification.txt), "The Match Distance Decoding".
 */
import { createBitModels, resetBitModels } from './bit-model.ts'
import type { RangeEncoder } from './range-encoder.ts'

const SLOT_BITS = 6
const SLOTS = 1 << SLOT_BITS
/** Matches of 2, 3, 4 and more bytes have separate slot trees. */
const LENGTH_STATES = 4
const ALIGN_BITS = 4
/** Lower slots code the whole distance: 0 to 3. */
const FIRST_SLOT_WITH_FOOTER = 4
/** From this slot on, a footer is direct bits and four align bits. Before it, a footer is a separate tree. */
const FIRST_SLOT_WITH_ALIGN = 14
/** Smaller distances are coded with models only. */
const MODELLED_DISTANCES = 1 << (FIRST_SLOT_WITH_ALIGN / 2)

/**
 * Codes distances. Inside the class, a "distance" is the number that the format codes: one less than the bytes to go
 * back.
 */
export class DistanceCoder {
  readonly #slotModels = createBitModels(LENGTH_STATES * SLOTS)
  readonly #footerModels = createBitModels(MODELLED_DISTANCES)
  readonly #alignModels = createBitModels(1 << ALIGN_BITS)

  reset(): void {
    resetBitModels(this.#slotModels)
    resetBitModels(this.#footerModels)
    resetBitModels(this.#alignModels)
  }

  encode(rangeEncoder: RangeEncoder, bytesBack: number, length: number): void {
    const distance = bytesBack - 1
    const slot = slotOf(distance)
    rangeEncoder.encodeTree(this.#slotModels, lengthStateOf(length) * SLOTS, SLOT_BITS, slot)
    if (slot < FIRST_SLOT_WITH_FOOTER) return
    const footerBits = (slot >>> 1) - 1
    const footer = distance & ((1 << footerBits) - 1)
    if (slot < FIRST_SLOT_WITH_ALIGN) {
      rangeEncoder.encodeReverseTree(this.#footerModels, footerTreeOf(slot, footerBits), footerBits, footer)
    } else {
      rangeEncoder.encodeDirectBits(footer >>> ALIGN_BITS, footerBits - ALIGN_BITS)
      rangeEncoder.encodeReverseTree(this.#alignModels, 0, ALIGN_BITS, footer)
    }
  }
}

function lengthStateOf(length: number): number {
  return length < LENGTH_STATES + 1 ? length - 2 : LENGTH_STATES - 1
}

function slotOf(distance: number): number {
  if (distance < FIRST_SLOT_WITH_FOOTER) return distance
  const highestBit = 31 - Math.clz32(distance)
  return 2 * highestBit + ((distance >>> (highestBit - 1)) & 1)
}

/**
 * Returns the start of a slot's footer tree. One array holds the trees of all slots. Each starts at the smallest
 * distance of its slot, minus the slot, which closes the gaps.
 */
function footerTreeOf(slot: number, footerBits: number): number {
  return slot < FIRST_SLOT_WITH_FOOTER ? 0 : ((2 | (slot & 1)) << footerBits) - slot
}
