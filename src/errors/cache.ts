import type { ErrorEntry } from './error-entry.ts'

/** Failures of the cache folder. */
export const cacheErrors = {
  CACHE_DISK_FULL: {
    kind: 'failure',
    message: (d: { folder: string }) => `The disk that holds ${d.folder} is full.`,
    hint: 'Free some space, or choose another cache folder with --cache or BANTAM_CACHE.',
    example: { folder: '/home/anna/.cache/bantam' },
  },
  CACHE_DISK_FAILED: {
    kind: 'failure',
    message: (d: { folder: string }) => `The disk that holds ${d.folder} reported an error.`,
    hint: 'Check the disk, or choose a cache folder on another disk with --cache or BANTAM_CACHE.',
    example: { folder: '/home/pi/.cache/bantam' },
  },
  CACHE_VERIFY_FAILED: {
    kind: 'failure',
    message: (d: { file: string; expected: string; actual: string }) =>
      `${d.file} was read back with SHA-256 ${d.actual}, but ${d.expected} was written.`,
    hint: 'The file was discarded. Check the disk, then build again, or choose another cache folder with --cache.',
    example: {
      file: '/home/pi/.cache/bantam/images/base.img',
      expected: 'a51efc7c4bd2b4444723b58cee4847c45bafb5bdefa0362e13ba8e48fe395e89',
      actual: 'b63800f7440358cb53dfbb7efb09117250230b4f88d99877338c5f13fb009e90',
    },
  },
  CACHE_ENTRY_DAMAGED: {
    kind: 'failure',
    severity: 'warning',
    message: (d: { path: string }) => `${d.path} differed from its SHA-256 and was not used.`,
    hint: 'bantam made the file again. If this happens often, check the disk that holds the cache.',
    example: { path: '/home/pi/.cache/bantam/packed/97297b1e/base.img.xz' },
  },
  CACHE_UNWRITABLE: {
    kind: 'failure',
    message: (d: { folder: string; reason: string }) => `The cache folder ${d.folder} cannot be used: ${d.reason}.`,
    hint: 'Make it writable, or choose another cache folder with --cache or BANTAM_CACHE.',
    example: { folder: '/var/cache/bantam', reason: 'this user may not write there' },
  },
  CACHE_HOME_UNKNOWN: {
    kind: 'input',
    message: () => 'Base images are kept in your cache folder, but this user has no home folder: HOME is not set.',
    hint: 'Set HOME, or name a folder with --cache DIR or BANTAM_CACHE.',
    example: undefined,
  },
} as const satisfies Record<string, ErrorEntry>
