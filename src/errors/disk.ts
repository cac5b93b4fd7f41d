import type { ErrorEntry } from './error-entry.ts'

/** Failures of block devices, partition tables and locks. */
export const diskErrors = {
  DISK_OUT_OF_RANGE: {
    kind: 'failure',
    message: (d: { byteOffset: number; byteLength: number; deviceByteLength: number }) =>
      `${d.byteLength} bytes at offset ${d.byteOffset} lie outside a device of ${d.deviceByteLength} bytes.`,
    hint: 'The image is shorter than its partition table or file system says. Get it anew.',
  },
  DISK_FILE_SHRANK: {
    kind: 'failure',
    message: (d: { file: string; byteOffset: number }) =>
      `${d.file} ended at offset ${d.byteOffset} while it was read.`,
    hint: 'Another program changed the file. Build again once nothing writes to it.',
  },
  FILE_LOCK_LOST: {
    kind: 'failure',
    message: (d: { lock: string }) => `Another bantam took over ${d.lock}, since this one had not moved for a while.`,
    hint: 'Run the command again.',
  },
  PARTITION_TABLE_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} is not a disk image: its first sector holds no partition table.`,
    hint: 'Give a whole-disk image (.img, .img.xz or .img.gz) as Raspberry Pi Imager would flash it.',
  },
  PARTITION_TABLE_INVALID: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The partition table of ${d.file} is not valid: ${d.reason}.`,
    hint: 'The image is damaged or cut off. Get it anew.',
  },
  PARTITION_GPT_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; partitionCount: number }) =>
      `${d.file} has a GUID partition table (${d.partitionCount} partitions); bantam edits images with an MBR.`,
    hint: 'Use an image for Raspberry Pi: those have an MBR. A generic UEFI or cloud image does not start on a Raspberry Pi.',
  },
} as const satisfies Record<string, ErrorEntry>
