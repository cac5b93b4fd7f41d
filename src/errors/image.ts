import type { ErrorEntry } from './error-entry.ts'

/** Failures of file systems in an image and of the edits made to it. */
export const imageErrors = {
  FAT_INVALID: {
    kind: 'input',
    message: (d: { reason: string }) => `The FAT volume cannot be used: ${d.reason}.`,
    hint: 'Check it with fsck.fat, or get the image anew.',
  },
  FAT_FULL: {
    kind: 'input',
    message: (d: { path: string; byteLength: number }) =>
      `The boot partition has no room left for ${d.path} (${d.byteLength} bytes).`,
    hint: 'Use a base image with a larger boot partition, or seed fewer files on it.',
  },
  FAT_PATH_REFUSED: {
    kind: 'failure',
    message: (d: { path: string; result: number }) => `FatFs refuses ${d.path} with result ${d.result}.`,
    hint: 'Check that the path is a file and that the volume is sound (fsck.fat).',
  },
  EXT4_INVALID: {
    kind: 'input',
    message: (d: { reason: string }) => `The ext4 volume cannot be used: ${d.reason}.`,
    hint: 'Check it with e2fsck, or get the image anew.',
  },
  EXT4_NEEDS_RECOVERY: {
    kind: 'input',
    message: (d: { reason: string }) => `The ext4 volume was not cleanly unmounted: ${d.reason}.`,
    hint: 'Use an image as published, or let e2fsck recover this one first (e2fsck -fy on the partition).',
  },
  EXT4_FEATURE_UNSUPPORTED: {
    kind: 'input',
    message: (d: { features: readonly string[] }) =>
      `The ext4 volume uses ${d.features.join(', ')}, which bantam cannot write safely.`,
    hint: 'Use an image without these features; those of Raspberry Pi OS, Ubuntu and Debian have none of them.',
  },
  EXT4_FULL: {
    kind: 'input',
    message: (d: { path: string; byteLength: number }) =>
      `The root partition has no room left for ${d.path} (${d.byteLength} bytes).`,
    hint: 'Add fewer or smaller files, or use a base image with more free space.',
  },
  EXT4_PATH_TAKEN: {
    kind: 'input',
    message: (d: { path: string; taken: string; kind: string }) =>
      `/${d.path} cannot be written: in the image, /${d.taken} is a ${d.kind}.`,
    hint: 'Give the file another path in `files`.',
  },
  FAT_FILE_READ_ONLY: {
    kind: 'input',
    message: (d: { path: string }) => `${d.path} on the boot partition is marked as read-only.`,
    hint: 'Use the image as published, or clear the mark: mattrib -i IMAGE@@OFFSET -r ::FILE, or attrib -r on Windows.',
  },
  FAT_PATH_TAKEN: {
    kind: 'input',
    message: (d: { path: string }) => `${d.path} cannot be written: on the boot partition, it is a folder.`,
    hint: 'Use the image as published, or rename that folder.',
  },
  EXT4_OPERATION_FAILED: {
    kind: 'failure',
    message: (d: { operation: string; path: string; errno: number }) =>
      `libext2fs could not ${d.operation} ${d.path} (error ${d.errno}).`,
    hint: 'Check the volume with e2fsck, or get the image anew.',
  },
  IMAGE_BOOT_PARTITION_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} has no FAT boot partition.`,
    hint: 'Give an image for Raspberry Pi: its first partition is FAT and holds config.txt.',
  },
  IMAGE_ROOT_PARTITION_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} has no ext4 root partition.`,
    hint: 'Give an image of Raspberry Pi OS, Ubuntu or Debian for Raspberry Pi: its second partition is ext4.',
  },
  IMAGE_BOOT_FILE_MISSING: {
    kind: 'input',
    message: (d: { file: string; path: string }) => `The boot partition of ${d.file} has no ${d.path}.`,
    hint: 'Give an image for Raspberry Pi: the firmware reads config.txt and the kernel command line from it.',
  },
  IMAGE_FLAVOUR_UNKNOWN: {
    kind: 'input',
    message: (d: { file: string; osName: string }) => `${d.file} holds ${d.osName}, which bantam cannot seed.`,
    hint: 'Use Raspberry Pi OS 12 or later, Ubuntu Server 24.04 or later, or Debian 13 with cloud-init, each arm64.',
  },
  IMAGE_CMDLINE_INVALID: {
    kind: 'input',
    message: (d: { path: string; reason: string }) =>
      `The kernel command line in ${d.path} cannot be patched: ${d.reason}.`,
    hint: 'The file must hold one line of at most 1000 bytes. Get the image anew, or use fewer tokens in `cmdline`.',
  },
  IMAGE_CONFIG_TXT_LINE_TOO_LONG: {
    kind: 'input',
    message: (d: { line: string; length: number }) =>
      `A line of config.txt has ${d.length} characters; the firmware reads at most 98: ${d.line.slice(0, 60)}…`,
    hint: 'Split it: dtoverlay=NAME on one line, each parameter as dtparam=… on a line of its own.',
  },
  IMAGE_CONFIG_TXT_CONDITIONAL: {
    kind: 'input',
    message: (d: { key: string; filter: string }) =>
      `config.txt sets ${d.key} under [${d.filter}], so which kernel command line counts depends on the board.`,
    hint: 'Set it under [all], or use the image as published.',
  },
  IMAGE_CONFIG_TXT_BLOCK_BROKEN: {
    kind: 'input',
    message: (d: { reason: string }) => `The block of bantam in config.txt is damaged: ${d.reason}.`,
    hint: 'Remove its marker lines by hand, or use the image as published.',
  },
  IMAGE_SECRETS_FOUND: {
    kind: 'failure',
    message: (d: { image: string; places: readonly string[] }) =>
      `${d.image} holds secrets of the cluster: ${d.places.join('; ')}.`,
    hint: 'Keep it as private as the secrets file. An image for others is built with other secrets or with none.',
  },
  IMAGE_READ_BACK_MISMATCH: {
    kind: 'failure',
    message: (d: { node: string; path: string; what: string }) =>
      `The image for ${d.node} was read back and ${d.path} is not as written (${d.what}).`,
    hint: 'The image was discarded. Build again; if it happens twice, check memory and disk, and report it.',
  },
} as const satisfies Record<string, ErrorEntry>
