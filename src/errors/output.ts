import type { ErrorEntry } from './error-entry.ts'

/** What to do about a stdout that takes no text, by the system's error code. */
const STREAM_REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space on the disk, or send stdout to a file on another one.',
  EDQUOT: 'Free some of your quota on the disk, or send stdout to a file on another one.',
  EFBIG: 'Raise the limit of file sizes with `ulimit -f unlimited`, or send stdout to a pipe.',
  EBADF: 'Open stdout for writing: `>FILE` does, `1<FILE` does not.',
  EIO: 'Check the disk, or the terminal that may be gone, and send stdout elsewhere.',
}

function remedyOfStream(code: string): string {
  return STREAM_REMEDIES[code] ?? 'Send stdout to a file on a disk of this machine.'
}

/** Failures of writing results. */
export const outputErrors = {
  OUTPUT_NOT_WRITABLE: {
    kind: 'failure',
    message: (d: { path: string; reason: string }) => `${d.path} cannot be written: ${d.reason}.`,
    hint: 'Give a folder that you may write to with --out DIR, or correct its permissions.',
    example: { path: 'out/home/worker-1.img.xz', reason: 'permission denied' },
  },
  OUTPUT_IS_BASE: {
    kind: 'input',
    message: (d: { path: string }) => `${d.path} is the base image and a result would replace it.`,
    hint: 'Give another folder with --out DIR: bantam never writes to a base image.',
    example: { path: 'out/home/worker-1.img' },
  },
  OUTPUT_FOLDER_FOREIGN: {
    kind: 'input',
    message: (d: { folder: string; owner: number }) =>
      `${d.folder} belongs to another user of this machine (id ${d.owner}), who could read and replace the keys in it.`,
    hint: 'Run bantam as that user, move the folder away, or give another one with --out DIR.',
    example: { folder: 'out/home.access', owner: 1001 },
  },
  OUTPUT_FOLDER_OPEN: {
    kind: 'failure',
    message: (d: { folder: string; mode: string }) =>
      `${d.folder} keeps mode ${d.mode}, because its file system stores no permissions: others on this machine could read the keys in it.`,
    hint: 'Give a folder on a file system with permissions with --out DIR: not FAT or exFAT, and with WSL not one below /mnt.',
    example: { folder: '/mnt/usb/out/home.access', mode: '755' },
  },
  OUTPUT_OTHER_CLUSTER: {
    kind: 'input',
    message: (d: {
      folder: string
      found: string
      rootHash: string
      secretsFile: string
      images: string
      access: string
    }) =>
      `${d.folder} holds results of another cluster of the same name: its root certificate has SHA-256 ${d.found.slice(0, 16)}…, that in ${d.secretsFile} has ${d.rootHash.slice(0, 16)}….`,
    hint: (d: { images: string; access: string }) =>
      `Give this cluster another folder with --out DIR, or another \`name\`. If you made the cluster again on purpose, move ${d.images} and ${d.access} away first. Keep them as long as nodes of the earlier cluster run: they hold the keys.`,
    example: {
      folder: 'out/home',
      found: '938055e0c1f2b6a7d4c3'.padEnd(64, '0'),
      rootHash: '11269a7be2d0914f35aa'.padEnd(64, '0'),
      secretsFile: 'lab/home.secrets.yaml',
      images: 'out/home',
      access: 'out/home.access',
    },
  },
  OUTPUT_IMAGES_PRIVATE: {
    kind: 'input',
    severity: 'warning',
    message: (d: { folder: string; images: readonly string[] }) =>
      `Besides images without secrets, ${d.folder} holds files of earlier builds that may hold secrets: ${d.images.join(', ')}.`,
    hint: (d: { folder: string }) =>
      `Move them away before you publish ${d.folder}, or build them again with --no-secrets. \`bantam inspect --secrets IMAGE\` tells what an image holds.`,
    example: { folder: 'out/home', images: ['server-1.img', 'worker-2.img.xz'] },
  },
  OUTPUT_READ_FROM_MEMORY: {
    kind: 'failure',
    severity: 'warning',
    message: (d: { images: readonly string[] }) =>
      `The kernel gave back from its memory what it was asked to store: ${d.images.join(', ')}. So these images are compared, but not as they are on the disk.`,
    hint: 'Only Linux reads past its memory, and not on every file system. To be certain, mount the disk again, and compare with `sha256sum -c SHA256SUMS`.',
    example: { images: ['out/home/server-1.img', 'out/home/worker-1.img'] },
  },
  OUTPUT_DISK_FULL: {
    kind: 'failure',
    message: (d: { path: string }) => `The disk is full: ${d.path} could not be finished.`,
    hint: 'Free some space or give a folder on another disk with --out DIR. Nothing incomplete is left.',
    example: { path: 'out/home/worker-1.img.xz' },
  },
  OUTPUT_DISK_FAILED: {
    kind: 'failure',
    message: (d: { path: string }) => `The disk reported an error: ${d.path} could not be stored.`,
    hint: 'Check the disk and its cable, or give a folder on another disk with --out DIR. Nothing incomplete is left.',
    example: { path: 'out/home/worker-1.img.xz' },
  },
  OUTPUT_VERIFY_FAILED: {
    kind: 'failure',
    message: (d: { path: string; expected: string; actual: string }) =>
      `${d.path} was read back with SHA-256 ${d.actual}, but ${d.expected} was written.`,
    hint: 'The image was discarded. Check the disk, then build again.',
    example: {
      path: 'worker-1.img',
      expected: '5f8e2a41c0d97b36e1f4a2885dc30b7196ea4fd2837b05c19d64e8f0a7b2c35d',
      actual: 'b91c6d0e43f7a2581e0c9fd4673ab8e25f10d7c84ba36e92f5087d1ca4e6b39f',
    },
  },
  OUTPUT_STREAM_FAILED: {
    kind: 'failure',
    message: (d: { code: string; reason: string; outcome: 'done' | 'failed' }) =>
      `The command ${d.outcome === 'done' ? 'is done, and its files are complete' : 'failed'}, but its text could not be written to stdout: ${d.code}, ${d.reason}.`,
    hint: (d: { code: string }) => `${remedyOfStream(d.code)} Then run the command again to see the text.`,
    example: { code: 'ENOSPC', reason: 'no space left on device', outcome: 'done' },
  },
  OUTPUT_EXISTS: {
    kind: 'input',
    message: (d: { path: string }) => `${d.path} exists already and was not changed.`,
    hint: 'Give another name with --cluster FILE, or replace it with --force.',
    example: { path: 'cluster.yaml' },
  },
  BUILD_INTERRUPTED: {
    kind: 'failure',
    message: () => 'bantam was interrupted.',
    hint: 'Finished files were kept, and nothing incomplete is left. Run the command again: downloads resume where they stopped.',
    example: undefined,
  },
} as const satisfies Record<string, ErrorEntry>
