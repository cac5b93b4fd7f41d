/**
 * GUID partition table header: the second sector of a GPT disk.
 * UEFI Specification 2.10, section 5.3.2, https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html
 */
import { readU32, readU64 } from '../bytes/little-endian.ts'

const SIGNATURE = 'EFI PART'
const ENTRIES_FIRST_SECTOR = 72
const ENTRY_COUNT = 80
const ENTRY_BYTES = 84

export interface GptHeader {
  readonly entriesFirstSector: number
  readonly entryCount: number
  readonly entryByteLength: number
}

/** Decodes a GPT header. Returns null if the sector does not begin with `EFI PART`. */
export function decodeGptHeader(sector: Uint8Array): GptHeader | null {
  if (new TextDecoder('latin1').decode(sector.subarray(0, SIGNATURE.length)) !== SIGNATURE) return null
  return {
    entriesFirstSector: readU64(sector, ENTRIES_FIRST_SECTOR),
    entryCount: readU32(sector, ENTRY_COUNT),
    entryByteLength: readU32(sector, ENTRY_BYTES),
  }
}
