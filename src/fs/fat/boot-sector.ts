/**
 * FAT boot sector with its BIOS parameter block: the first sector of a FAT volume.
 * Microsoft FAT32 File System Specification 1.03 (fatgen103), "Boot Sector and BPB".
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'
import { decodePaddedAscii } from '../../text/encoding.ts'

const BYTES_PER_SECTOR = 11
const SECTORS_PER_CLUSTER = 13
const RESERVED_SECTOR_COUNT = 14
const FAT_COUNT = 16
const ROOT_ENTRY_COUNT = 17
const TOTAL_SECTORS_16 = 19
const FAT_SECTORS_16 = 22
const TOTAL_SECTORS_32 = 32
const FAT_SECTORS_32 = 36
const EXT_FLAGS = 40
const ROOT_CLUSTER = 44
const FS_INFO_SECTOR = 48
const STATE_16 = 37
const STATE_32 = 65
/** Set while Linux has the volume mounted for writing. Windows NT uses the same bit. */
const STATE_DIRTY = 0x01
const LABEL_16 = 43
const LABEL_32 = 71
const SIGNATURE = 510
const SIGNATURE_VALUE = 0xaa55
const LABEL_BYTES = 11
/** Set in BPB_ExtFlags if only one FAT is kept up to date. */
const NOT_MIRRORED = 0x80
const ROOT_ENTRY_BYTES = 32

/** The count of clusters alone decides the type (fatgen103, "FAT Type Determination"). */
export type FatType = 'FAT12' | 'FAT16' | 'FAT32'

export interface FatBootSector {
  readonly type: FatType
  readonly bytesPerSector: number
  readonly sectorsPerCluster: number
  /** Sectors before the first FAT. */
  readonly reservedSectors: number
  readonly fatCount: number
  readonly sectorsPerFat: number
  /** Number of entries in the root directory, where it has a fixed place. 0: it is a chain of FAT clusters. */
  readonly rootEntryCount: number
  /** First FAT cluster of the root directory, where it is a chain. */
  readonly rootCluster: number
  /** Sector of FSInfo. 0: there is none. */
  readonly fsInfoSector: number
  readonly totalSectors: number
  /** First sector of the data area. */
  readonly firstDataSector: number
  /** Number of FAT clusters in the data area. */
  readonly clusterCount: number
  readonly mirrored: boolean
  /** Says whether the fields are those of FAT32. An unusual volume has them with the FAT cluster count of another type. */
  readonly hasFat32Fields: boolean
  /** Says whether the system that wrote the volume last did not unmount it. */
  readonly dirty: boolean
  readonly label: string
}

/** Decodes a boot sector. Returns null if it is not the boot sector of a FAT volume. */
export function decodeFatBootSector(sector: Uint8Array): FatBootSector | null {
  if (readU16(sector, SIGNATURE) !== SIGNATURE_VALUE) return null
  const bytesPerSector = readU16(sector, BYTES_PER_SECTOR)
  const sectorsPerCluster = sector[SECTORS_PER_CLUSTER] ?? 0
  const reserved = readU16(sector, RESERVED_SECTOR_COUNT)
  const fatCount = sector[FAT_COUNT] ?? 0
  if (!isPowerOfTwo(bytesPerSector, 512, 4096) || !isPowerOfTwo(sectorsPerCluster, 1, 128)) return null
  if (reserved === 0 || fatCount === 0) return null

  const totalSectors = readU16(sector, TOTAL_SECTORS_16) || readU32(sector, TOTAL_SECTORS_32)
  const fatSectors16 = readU16(sector, FAT_SECTORS_16)
  const fatSectors = fatSectors16 || readU32(sector, FAT_SECTORS_32)
  const rootEntryCount = readU16(sector, ROOT_ENTRY_COUNT)
  const rootSectors = Math.ceil((rootEntryCount * ROOT_ENTRY_BYTES) / bytesPerSector)
  const firstDataSector = reserved + fatCount * fatSectors + rootSectors
  const dataSectors = totalSectors - firstDataSector
  if (fatSectors === 0 || dataSectors <= 0) return null

  const clusterCount = Math.floor(dataSectors / sectorsPerCluster)
  const type = fatType(clusterCount)
  const hasFat32Fields = fatSectors16 === 0
  const labelStart = hasFat32Fields ? LABEL_32 : LABEL_16
  const state = sector[hasFat32Fields ? STATE_32 : STATE_16] ?? 0
  return {
    type,
    bytesPerSector,
    sectorsPerCluster,
    reservedSectors: reserved,
    fatCount,
    sectorsPerFat: fatSectors,
    rootEntryCount,
    rootCluster: hasFat32Fields ? readU32(sector, ROOT_CLUSTER) : 0,
    fsInfoSector: hasFat32Fields ? readU16(sector, FS_INFO_SECTOR) : 0,
    totalSectors,
    firstDataSector,
    clusterCount,
    hasFat32Fields,
    dirty: (state & STATE_DIRTY) !== 0,
    mirrored: type !== 'FAT32' || (readU16(sector, EXT_FLAGS) & NOT_MIRRORED) === 0,
    label: decodePaddedAscii(sector.subarray(labelStart, labelStart + LABEL_BYTES)),
  }
}

function isPowerOfTwo(value: number, least: number, most: number): boolean {
  return value >= least && value <= most && (value & (value - 1)) === 0
}

function fatType(clusterCount: number): FatType {
  if (clusterCount < 4085) return 'FAT12'
  return clusterCount < 65525 ? 'FAT16' : 'FAT32'
}
