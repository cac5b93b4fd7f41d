import {
  CHUNK_MAX_BYTES,
  CODED_CHUNK_MAX_BYTES,
  encodeCodedChunkHeader,
  encodeStoredChunkHeader,
  END_OF_CHUNKS,
  STORED_CHUNK_HEADER_BYTES,
  STORED_CHUNK_MAX_BYTES,
  type ChunkReset,
} from './chunk-header.ts'
import { GreedyParser } from './greedy-parser.ts'
import { MATCH_MAX_BYTES } from './length-coder.ts'
import { FINISH_BYTES, RangeEncoder } from './range-encoder.ts'

/** An upper bound for the bytes of a symbol: about 20 modelled bits of at most 6 bits each, and 22 direct bits. */
const SYMBOL_MAX_BYTES = 32

/**
 * Packs data as the LZMA2 payload of one xz block. The result depends on the data only. Pass an `encoder` again to save
 * allocations.
 */
export function encodeLzma2(data: Uint8Array, encoder: Lzma2Encoder = new Lzma2Encoder()): Uint8Array {
  return encoder.encode(data)
}

/**
 * Tables, models and buffers of `encodeLzma2`: about 6 MiB for pieces of 1 MiB. Calls are synchronous, so a thread runs
 * one at a time.
 */
export class Lzma2Encoder {
  readonly #rangeEncoder = new RangeEncoder(CODED_CHUNK_MAX_BYTES)
  readonly #parser = new GreedyParser(this.#rangeEncoder)
  #payload = new Uint8Array(0)
  #payloadByteLength = 0
  #reset: ChunkReset = 'everything'

  encode(data: Uint8Array): Uint8Array {
    this.#parser.reset(data)
    this.#payloadByteLength = 0
    this.#reset = 'everything'
    let needsProperties = true
    let position = 0
    while (position < data.byteLength) {
      const end = this.#codeChunk(position, data.byteLength)
      const header = encodeCodedChunkHeader(end - position, this.#rangeEncoder.byteLength, this.#reset)
      if (header.byteLength + this.#rangeEncoder.byteLength < storedByteLength(end - position)) {
        this.#write(header)
        this.#write(this.#rangeEncoder.bytes.subarray(0, this.#rangeEncoder.byteLength))
        this.#reset = 'none'
        needsProperties = false
      } else {
        this.#store(data.subarray(position, end))
        // The models have learnt from a coded chunk that was replaced, so no decoder will see it.
        this.#reset = needsProperties ? 'state and properties' : 'state'
      }
      position = end
    }
    this.#write(Uint8Array.of(END_OF_CHUNKS))
    return this.#payload.slice(0, this.#payloadByteLength)
  }

  /** Codes symbols until the chunk is full or the data end. Returns the position after them. */
  #codeChunk(start: number, dataEnd: number): number {
    const rangeEncoder = this.#rangeEncoder
    const codedLimit = CODED_CHUNK_MAX_BYTES - SYMBOL_MAX_BYTES - FINISH_BYTES
    const lastStart = Math.min(dataEnd - 1, start + CHUNK_MAX_BYTES - MATCH_MAX_BYTES)
    if (this.#reset !== 'none') this.#parser.resetState()
    rangeEncoder.reset()
    let position = start
    while (position <= lastStart && rangeEncoder.byteLength <= codedLimit)
      position = this.#parser.encodeSymbol(position)
    rangeEncoder.finish()
    return position
  }

  #store(data: Uint8Array): void {
    for (let from = 0; from < data.byteLength; from += STORED_CHUNK_MAX_BYTES) {
      const piece = data.subarray(from, from + STORED_CHUNK_MAX_BYTES)
      this.#write(encodeStoredChunkHeader(piece.byteLength, this.#payloadByteLength === 0 ? 'first' : 'later'))
      this.#write(piece)
    }
  }

  #write(bytes: Uint8Array): void {
    const end = this.#payloadByteLength + bytes.byteLength
    if (end > this.#payload.byteLength) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#payload.byteLength))
      larger.set(this.#payload.subarray(0, this.#payloadByteLength))
      this.#payload = larger
    }
    this.#payload.set(bytes, this.#payloadByteLength)
    this.#payloadByteLength = end
  }
}

function storedByteLength(byteLength: number): number {
  return byteLength + Math.ceil(byteLength / STORED_CHUNK_MAX_BYTES) * STORED_CHUNK_HEADER_BYTES
}
