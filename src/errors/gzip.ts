import type { ErrorEntry } from './error-entry.ts'
import { getFileAgain } from './shared-hints.ts'

/** Failures of reading .gz files. */
export const gzipErrors = {
  GZIP_TRUNCATED: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} ends in the middle of its gzip data.`,
    hint: getFileAgain,
    example: { file: '/home/anna/images/raspios.img.gz' },
  },
  GZIP_CORRUPT: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The gzip data of ${d.file} is damaged: ${d.reason}.`,
    hint: getFileAgain,
    example: { file: '/home/anna/images/raspios.img.gz', reason: 'incorrect data check' },
  },
  GZIP_TRAILING_DATA: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} holds bytes after the end of its gzip data that are not gzip data.`,
    hint: getFileAgain,
    example: { file: '/home/anna/images/raspios.img.gz' },
  },
} as const satisfies Record<string, ErrorEntry>
