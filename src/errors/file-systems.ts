import type { ErrorEntry } from './error-entry.ts'

const REPAIR = 'or build with --repair, which repairs a copy with'

/** Failures of the file systems in an image. */
export const fileSystemErrors = {
  FAT_INVALID: {
    kind: 'input',
    message: (d: { reason: string }) => `The FAT volume cannot be used: ${d.reason}.`,
    hint: 'Check it with fsck.fat, or get the image again.',
    example: { reason: 'it is longer than its partition' },
  },
  FAT_UNSUPPORTED: {
    kind: 'input',
    message: (d: { reason: string }) => `The boot partition is a FAT volume that bantam cannot write: ${d.reason}.`,
    hint: 'Use the image as published, or copy its files into a volume that mkfs.fat made with its own defaults.',
    example: { reason: 'its sectors have 4096 bytes, not 512' },
  },
  FAT_DIRTY: {
    kind: 'input',
    message: (d: { place: string }) => `The boot partition was not unmounted: ${d.place} marks it as in use.`,
    hint: `Use an image as published, copy the card again after a shutdown, ${REPAIR} fsck.fat.`,
    example: { place: 'its boot sector' },
  },
  FAT_DAMAGED: {
    kind: 'input',
    message: (d: { damage: string }) => `The FAT volume of the boot partition is damaged: ${d.damage}.`,
    hint: `Get the image again, ${REPAIR} fsck.fat.`,
    example: { damage: '/CMDLINE.TXT has 2 FAT clusters, but its size needs 1' },
  },
  FAT_DIRECTORY_FULL: {
    kind: 'input',
    message: (d: { path: string; folder: string; entryCount: number }) =>
      `${d.folder} on the boot partition has no entry left for ${d.path}: it holds at most ${d.entryCount}.`,
    hint: 'Use a base image with fewer files there. Long names take several entries.',
    example: { path: 'network-config', folder: '/', entryCount: 512 },
  },
  FAT_FULL: {
    kind: 'input',
    message: (d: { path: string; byteLength: number }) =>
      `The boot partition has no room left for ${d.path} (${d.byteLength} bytes).`,
    hint: 'Use a base image with a larger boot partition, or put fewer files on it.',
    example: { path: 'user-data', byteLength: 18240 },
  },
  FAT_PATH_REFUSED: {
    kind: 'failure',
    message: (d: { path: string; result: number }) => `FatFs refuses ${d.path} with result ${d.result}.`,
    hint: 'Check that the path is a file and that the volume is sound (fsck.fat).',
    example: { path: 'kernel?.img', result: 6 },
  },
  FAT_FILE_READ_ONLY: {
    kind: 'input',
    message: (d: { path: string }) => `${d.path} on the boot partition is marked as read-only.`,
    hint: 'Use the image as published, or clear the mark: mattrib -i IMAGE@@OFFSET -r ::FILE, or attrib -r on Windows.',
    example: { path: 'cmdline.txt' },
  },
  FAT_PATH_TAKEN: {
    kind: 'input',
    message: (d: { path: string }) => `${d.path} cannot be written: on the boot partition, it is a folder.`,
    hint: 'Use the image as published, or rename that folder.',
    example: { path: 'user-data' },
  },
  EXT4_INVALID: {
    kind: 'input',
    message: (d: { reason: string }) => `The ext4 volume cannot be used: ${d.reason}.`,
    hint: 'Check it with e2fsck, or get the image again.',
    example: { reason: 'it is longer than its partition' },
  },
  EXT4_NEEDS_RECOVERY: {
    kind: 'input',
    message: (d: { reason: string }) => `The ext4 volume was not cleanly unmounted: ${d.reason}.`,
    hint: `Use an image as published, copy the card again after a shutdown, ${REPAIR} e2fsck.`,
    example: { reason: 'its journal holds changes to recover' },
  },
  EXT4_DAMAGED: {
    kind: 'input',
    message: (d: { damage: string }) => `The ext4 volume of the root partition is damaged: ${d.damage}.`,
    hint: `Get the image again, ${REPAIR} e2fsck.`,
    example: { damage: 'inode 1234 has block 5678, which belongs to something else, too' },
  },
  EXT4_FEATURE_UNSUPPORTED: {
    kind: 'input',
    message: (d: { features: readonly string[] }) =>
      `The ext4 volume uses ${d.features.join(', ')}, which bantam cannot write safely.`,
    hint: 'Use an image without these features; images of Raspberry Pi OS, Ubuntu and Debian have none of them.',
    example: { features: ['casefold', 'quota'] },
  },
  EXT4_FULL: {
    kind: 'input',
    message: (d: { path: string; byteLength: number }) =>
      `The root partition has no room left for ${d.path} (${d.byteLength} bytes).`,
    hint: 'Add fewer or smaller files, or use a base image with more free space.',
    example: { path: 'opt/models/small.bin', byteLength: 15728640 },
  },
  EXT4_PATH_TAKEN: {
    kind: 'input',
    message: (d: { path: string; taken: string; kind: string }) =>
      `/${d.path} cannot be written: in the image, /${d.taken} is a ${d.kind}.`,
    hint: 'Give the file another path in `files`.',
    example: { path: 'etc/issue/welcome.txt', taken: 'etc/issue', kind: 'file' },
  },
  EXT4_OPERATION_FAILED: {
    kind: 'failure',
    message: (d: { operation: string; path: string; errno: number }) =>
      `libext2fs could not ${d.operation} ${d.path} (error ${d.errno}).`,
    hint: 'Check the volume with e2fsck, or get the image again.',
    example: { operation: 'open', path: 'etc/hostname', errno: 5 },
  },
} as const satisfies Record<string, ErrorEntry>
