import { POSITION_STATE_BITS } from './length-coder.ts'
/**
 * LZMA2 chunk header: whether the chunk is coded or stored, its length, and what the decoder resets before it.
 * Specified by the comments of XZ Embedded's decoder, https://github.com/tukaani-project/xz-embedded,
 * linux/lib/xz/xz_dec_lzma2.c; the .xz File Format, section 5.3.1, refers to it.
 */
import { LITERAL_CONTEXT_BITS } from './literal-coder.ts'

/** Largest unpacked length of a coded chunk. */
export const CHUNK_MAX_BYTES = 1 << 21
/** Largest packed length of a coded chunk. */
export const CODED_CHUNK_MAX_BYTES = 1 << 16
/** Largest length of the data of a stored chunk. */
export const STORED_CHUNK_MAX_BYTES = 1 << 16
export const STORED_CHUNK_HEADER_BYTES = 3
/** Ends the last chunk of a block. */
export const END_OF_CHUNKS = 0x00

/** What a chunk header says of the bytes that follow it. */
export interface ChunkLengths {
  /** Length of the data in the chunk, coded or stored, without the header. */
  readonly packedByteLength: number
  readonly byteLength: number
}

/**
 * What a decoder resets before a coded chunk. Each value includes the earlier ones. The first chunk of a block needs
 * the last value.
 */
export type ChunkReset = 'none' | 'state' | 'state and properties' | 'everything'

/** Without the properties, which follow where they are reset. */
const CODED_CHUNK_HEADER_BYTES = 5
/** The bits of a coded chunk's first byte that hold the highest bits of its unpacked length. */
const SIZE_TOP_MASK = 0x1f

const STORED_WITH_DICTIONARY_RESET = 0x01
const STORED = 0x02
const CODED: Readonly<Record<ChunkReset, number>> = {
  none: 0x80,
  state: 0xa0,
  'state and properties': 0xc0,
  everything: 0xe0,
}

/** lc, lp and pb in one byte, as the LZMA specification packs them; lp is zero. */
const PROPERTIES = POSITION_STATE_BITS * 45 + LITERAL_CONTEXT_BITS

/** Encodes the header of a coded chunk. It holds the properties if they are reset. */
export function encodeCodedChunkHeader(byteLength: number, codedByteLength: number, reset: ChunkReset): Uint8Array {
  const size = byteLength - 1
  const codedSize = codedByteLength - 1
  const header = [CODED[reset] | (size >>> 16), size >>> 8, size, codedSize >>> 8, codedSize]
  if (reset === 'state and properties' || reset === 'everything') header.push(PROPERTIES)
  return Uint8Array.from(header)
}

/** Encodes the header of a stored chunk. The first chunk of a block resets the dictionary. */
export function encodeStoredChunkHeader(byteLength: number, position: 'first' | 'later'): Uint8Array {
  const size = byteLength - 1
  return Uint8Array.of(position === 'first' ? STORED_WITH_DICTIONARY_RESET : STORED, size >>> 8, size)
}

/** Returns the length of the header that begins with this byte. Null: no chunk begins with it. */
export function chunkHeaderByteLength(control: number): number | null {
  if (control === STORED_WITH_DICTIONARY_RESET || control === STORED) return STORED_CHUNK_HEADER_BYTES
  if (control < CODED.none) return null
  return control < CODED['state and properties'] ? CODED_CHUNK_HEADER_BYTES : CODED_CHUNK_HEADER_BYTES + 1
}

/** Decodes the lengths in a whole chunk header. */
export function decodeChunkLengths(header: Uint8Array): ChunkLengths {
  const [control = 0, sizeHigh = 0, sizeLow = 0, codedHigh = 0, codedLow = 0] = header
  const size = (sizeHigh << 8) + sizeLow + 1
  if (control < CODED.none) return { packedByteLength: size, byteLength: size }
  return {
    packedByteLength: (codedHigh << 8) + codedLow + 1,
    byteLength: ((control & SIZE_TOP_MASK) << 16) + size,
  }
}
