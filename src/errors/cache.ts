import type { ErrorEntry } from './error-entry.ts'

/** Failures of the cache folder. */
export const cacheErrors = {
  CACHE_DISK_FULL: {
    kind: 'failure',
    message: (d: { folder: string }) => `The disk that holds ${d.folder} is full.`,
    hint: 'Free some space, or choose another cache folder with --cache or BANTAM_CACHE.',
    example: { folder: '/home/anna/.cache/bantam' },
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
