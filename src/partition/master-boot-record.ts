/**
 * Master boot record: the first sector of a disk, with four partition slots.
 * UEFI Specification 2.10, section 5.2.1 (legacy MBR), https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html
 */
import { readU16, readU32 } from '../bytes/little-endian.ts'

/** Length of the record: one sector. */
export const MBR_BYTES = 512
const DISK_ID = 440
const SLOTS = 446
const SLOT_BYTES = 16
const SLOT_COUNT = 4
const SIGNATURE = 510
const SIGNATURE_VALUE = 0xaa55

const SLOT_STATUS = 0
const SLOT_TYPE = 4
const SLOT_FIRST_SECTOR = 8
const SLOT_SECTOR_COUNT = 12
const STATUS_BOOTABLE = 0x80

export interface PartitionSlot {
  /** Partition number, counted from 1, as in `mmcblk0p2`. */
  readonly number: number
  readonly status: number
  readonly bootable: boolean
  /** Partition type byte: 0x0c FAT32, 0x83 Linux, 0xee protective GPT. */
  readonly type: number
  readonly firstSector: number
  readonly sectorCount: number
}

export interface MasterBootRecord {
  /** The prefix of Linux's PARTUUID: eight lower-case hex digits. */
  readonly diskId: string
  /** Only the used slots, sorted by number. */
  readonly slots: readonly PartitionSlot[]
}

/** Decodes a master boot record. Returns null if the sector does not end with the signature 0xAA55. */
export function decodeMasterBootRecord(sector: Uint8Array): MasterBootRecord | null {
  if (readU16(sector, SIGNATURE) !== SIGNATURE_VALUE) return null
  const slots: PartitionSlot[] = []
  for (let index = 0; index < SLOT_COUNT; index += 1) {
    const slot = sector.subarray(SLOTS + index * SLOT_BYTES, SLOTS + (index + 1) * SLOT_BYTES)
    // Type 0 means unused. An earlier partition may have left values in the other fields.
    if (slot[SLOT_TYPE] !== 0) slots.push(decodeSlot(slot, index + 1))
  }
  return { diskId: readU32(sector, DISK_ID).toString(16).padStart(8, '0'), slots }
}

function decodeSlot(slot: Uint8Array, number: number): PartitionSlot {
  const status = slot[SLOT_STATUS] ?? 0
  return {
    number,
    status,
    bootable: status === STATUS_BOOTABLE,
    type: slot[SLOT_TYPE] ?? 0,
    firstSector: readU32(slot, SLOT_FIRST_SECTOR),
    sectorCount: readU32(slot, SLOT_SECTOR_COUNT),
  }
}
