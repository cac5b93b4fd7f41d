import type { ReadableDevice } from '../disk/block-device.ts'
import { BuildError } from '../errors.ts'
import { SECTOR_BYTES } from '../units.ts'
import { decodeGptHeader, type GptHeader } from './gpt-header.ts'
import { decodeMasterBootRecord, MBR_BYTES, type PartitionSlot } from './master-boot-record.ts'

export interface Partition {
  /** Partition number, counted from 1, as in `mmcblk0p2`. */
  readonly number: number
  readonly type: number
  readonly bootable: boolean
  readonly byteStart: number
  readonly byteLength: number
}

export interface PartitionTable {
  /** PARTUUID prefix: eight lower-case hex digits. */
  readonly diskId: string
  /** Sorted by number. */
  readonly partitions: readonly Partition[]
}

const TYPE_PROTECTIVE_GPT = 0xee
const STATUS_VALUES: readonly number[] = [0x00, 0x80]

/**
 * Reads the MBR of a disk image. Checks that its partitions are inside the image and do not overlap. `file` names the
 * image in errors. Throws `PARTITION_TABLE_MISSING`, `PARTITION_TABLE_INVALID`, and `PARTITION_GPT_UNSUPPORTED` for a
 * GUID partition table.
 */
export function readPartitionTable(device: ReadableDevice, file: string): PartitionTable {
  const record = decodeMasterBootRecord(readSector(device, 0, file))
  if (record === null) throw new BuildError('PARTITION_TABLE_MISSING', { file })
  if (record.slots.some((slot) => slot.type === TYPE_PROTECTIVE_GPT)) throw gptRefusal(device, file)
  // A FAT or NTFS boot sector has the same signature, but holds code where an MBR has its slots.
  const plausible = record.slots.length > 0 && record.slots.every((slot) => STATUS_VALUES.includes(slot.status))
  if (!plausible) throw new BuildError('PARTITION_TABLE_MISSING', { file })
  for (const slot of record.slots) requireInside(slot, device, file)
  requireDetached(record.slots, file)
  return { diskId: record.diskId, partitions: record.slots.map(toPartition) }
}

function readSector(device: ReadableDevice, sector: number, file: string): Uint8Array {
  if (device.byteLength < (sector + 1) * SECTOR_BYTES) throw new BuildError('PARTITION_TABLE_MISSING', { file })
  const bytes = new Uint8Array(MBR_BYTES)
  device.read(sector * SECTOR_BYTES, bytes)
  return bytes
}

function gptRefusal(device: ReadableDevice, file: string): BuildError {
  const header = decodeHeader(readSector(device, 1, file), file)
  if (header === null) {
    return new BuildError('PARTITION_TABLE_INVALID', { file, reason: 'its MBR announces a GPT that is not there' })
  }
  return new BuildError('PARTITION_GPT_UNSUPPORTED', { file, partitionCount: countGptEntries(device, header, file) })
}

function decodeHeader(sector: Uint8Array, file: string): GptHeader | null {
  try {
    return decodeGptHeader(sector)
  } catch (error) {
    // No disk has the sector that the header names: it is beyond 2^53.
    if (error instanceof RangeError) throw entriesOutside(file)
    throw error
  }
}

function entriesOutside(file: string): BuildError {
  return new BuildError('PARTITION_TABLE_INVALID', { file, reason: 'its GPT header names entries outside the image' })
}

function countGptEntries(device: ReadableDevice, header: GptHeader, file: string): number {
  const tableBytes = header.entryCount * header.entryByteLength
  const tableStart = header.entriesFirstSector * SECTOR_BYTES
  const believable = header.entryByteLength >= 128 && tableBytes <= 1024 * 1024
  if (!believable || tableStart + tableBytes > device.byteLength) throw entriesOutside(file)
  const table = new Uint8Array(tableBytes)
  device.read(tableStart, table)
  let count = 0
  for (let entry = 0; entry < header.entryCount; entry += 1) {
    // An entry is used if its type GUID, the first 16 bytes, is not zero.
    const typeStart = entry * header.entryByteLength
    if (table.subarray(typeStart, typeStart + 16).some((byte) => byte !== 0)) count += 1
  }
  return count
}

function requireInside(slot: PartitionSlot, device: ReadableDevice, file: string): void {
  const byteEnd = (slot.firstSector + slot.sectorCount) * SECTOR_BYTES
  if (slot.firstSector === 0 || slot.sectorCount === 0) {
    throw new BuildError('PARTITION_TABLE_INVALID', { file, reason: `partition ${slot.number} has no place` })
  }
  if (byteEnd > device.byteLength) {
    const reason = `partition ${slot.number} ends at byte ${byteEnd}, the image at ${device.byteLength}`
    throw new BuildError('PARTITION_TABLE_INVALID', { file, reason })
  }
}

function requireDetached(slots: readonly PartitionSlot[], file: string): void {
  const byStart = [...slots].sort((a, b) => a.firstSector - b.firstSector)
  for (const [index, slot] of byStart.entries()) {
    const next = byStart[index + 1]
    if (next !== undefined && slot.firstSector + slot.sectorCount > next.firstSector) {
      const reason = `partitions ${slot.number} and ${next.number} overlap`
      throw new BuildError('PARTITION_TABLE_INVALID', { file, reason })
    }
  }
}

function toPartition(slot: PartitionSlot): Partition {
  return {
    number: slot.number,
    type: slot.type,
    bootable: slot.bootable,
    byteStart: slot.firstSector * SECTOR_BYTES,
    byteLength: slot.sectorCount * SECTOR_BYTES,
  }
}
