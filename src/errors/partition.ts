import type { ErrorEntry } from './error-entry.ts'

/** Partition tables that cannot be read. */
export const partitionErrors = {
  PARTITION_TABLE_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} is not a disk image: its first sector holds no partition table.`,
    hint: 'Give a whole-disk image (.img, .img.xz or .img.gz) as Raspberry Pi Imager would flash it.',
    example: { file: '/home/anna/images/rootfs.img' },
  },
  PARTITION_TABLE_INVALID: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The partition table of ${d.file} is not valid: ${d.reason}.`,
    hint: 'The image is damaged or cut off. Get it again.',
    example: {
      file: '/home/anna/images/raspios.img',
      reason: 'partition 2 ends at byte 2789212160, the image at 2147483648',
    },
  },
  PARTITION_GPT_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; partitionCount: number }) =>
      `${d.file} has a GUID partition table (${d.partitionCount} partitions); bantam edits images with an MBR.`,
    hint: 'Use an image for Raspberry Pi: those have an MBR. A generic UEFI or cloud image does not start on a Raspberry Pi.',
    example: { file: '/home/anna/images/debian-13-generic-arm64.raw', partitionCount: 3 },
  },
} as const satisfies Record<string, ErrorEntry>
