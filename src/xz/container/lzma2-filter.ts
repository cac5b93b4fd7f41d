/** The LZMA2 filter and its one property byte, the size of the dictionary. The .xz File Format 1.2.1, section 5.3.1. */
import { BuildError } from '../../errors.ts'
import { type BlockFilter, type BlockHeader, filterName, LZMA2_FILTER_ID } from './block-header.ts'

/** The largest dictionary that xz-decompress reserves: 28 means 64 MiB. */
const MAX_DECODED_PROPERTY = 28
/** Means 4 GiB less one byte. The format reserves larger values. */
const MAX_PROPERTY = 40

/**
 * Refuses blocks with filters other than LZMA2, or with a dictionary that the decoder does not accept. Throws
 * `XZ_FILTER_UNSUPPORTED`, `XZ_DICTIONARY_TOO_LARGE` or `XZ_OPTION_UNSUPPORTED`.
 */
export function requireLzma2Alone({ filters }: BlockHeader, file: string): void {
  const other = filters.find(({ id }) => id !== LZMA2_FILTER_ID)
  if (other !== undefined) throw new BuildError('XZ_FILTER_UNSUPPORTED', { file, filter: filterName(other.id) })
  const [property, ...further] = filters[0]?.properties ?? []
  if (filters.length > 1 || property === undefined || property > MAX_PROPERTY || further.length > 0) {
    throw new BuildError('XZ_OPTION_UNSUPPORTED', { file })
  }
  if (property > MAX_DECODED_PROPERTY) throw new BuildError('XZ_DICTIONARY_TOO_LARGE', { file })
}

/** Returns the filter with the smallest dictionary that covers this many bytes. The format's smallest has 4 KiB. */
export function lzma2Filter(byteLength: number): BlockFilter {
  let property = 0
  while (property < MAX_PROPERTY && dictionaryByteLength(property) < byteLength) property++
  return { id: LZMA2_FILTER_ID, properties: Uint8Array.of(property) }
}

/** Returns the dictionary's length: two or three times a power of two from 2 KiB, so 4, 6, 8, 12, 16 KiB and so on. */
function dictionaryByteLength(property: number): number {
  return (2 + (property % 2)) * 2 ** (Math.floor(property / 2) + 11)
}
