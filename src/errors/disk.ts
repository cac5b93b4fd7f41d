import type { ErrorEntry } from './error-entry.ts'

/** Failures of reading and writing block devices. */
export const diskErrors = {
  DISK_OUT_OF_RANGE: {
    kind: 'failure',
    message: (d: { byteOffset: number; byteLength: number; deviceByteLength: number }) =>
      `${d.byteLength} bytes at offset ${d.byteOffset} are outside a device of ${d.deviceByteLength} bytes.`,
    hint: 'The image is shorter than its partition table or file system says. Get it again.',
    example: { byteOffset: 2789212160, byteLength: 1024, deviceByteLength: 2147483648 },
  },
  DISK_FILE_SHRANK: {
    kind: 'failure',
    message: (d: { file: string; byteOffset: number }) =>
      `${d.file} ended at offset ${d.byteOffset} while it was read.`,
    hint: 'Another program changed the file. Build again once nothing writes to it.',
    example: { file: '/home/anna/images/raspios.img', byteOffset: 1073741824 },
  },
} as const satisfies Record<string, ErrorEntry>
