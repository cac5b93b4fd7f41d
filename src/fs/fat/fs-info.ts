/**
 * FSInfo: the sector of a FAT32 volume that holds the count of free FAT clusters, as a hint.
 * Microsoft FAT32 File System Specification 1.03 (fatgen103), "FAT32 FSInfo Sector Structure".
 */
import { readU32, writeU32 } from '../../bytes/little-endian.ts'

const LEAD_SIGNATURE = 0
const LEAD_SIGNATURE_VALUE = 0x41615252
const STRUCT_SIGNATURE = 484
const STRUCT_SIGNATURE_VALUE = 0x61417272
const FREE_COUNT = 488
const TRAIL_SIGNATURE = 508
const TRAIL_SIGNATURE_VALUE = 0xaa550000
const UNKNOWN = 0xffffffff

/** Returns the count of free FAT clusters. Null: the sector is no FSInfo, or does not know the count. */
export function decodeFreeCount(sector: Uint8Array): number | null {
  const sound =
    readU32(sector, LEAD_SIGNATURE) === LEAD_SIGNATURE_VALUE &&
    readU32(sector, STRUCT_SIGNATURE) === STRUCT_SIGNATURE_VALUE &&
    readU32(sector, TRAIL_SIGNATURE) === TRAIL_SIGNATURE_VALUE
  const count = readU32(sector, FREE_COUNT)
  return sound && count !== UNKNOWN ? count : null
}

/** Returns the sector with another count of free FAT clusters. */
export function withFreeCount(sector: Uint8Array, freeClusterCount: number): Uint8Array {
  const corrected = Uint8Array.from(sector)
  writeU32(corrected, FREE_COUNT, freeClusterCount)
  return corrected
}
