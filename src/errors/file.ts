import type { ErrorEntry } from './error-entry.ts'

/** Failures of this machine's files and locks. */
export const fileErrors = {
  FILE_LOCK_LOST: {
    kind: 'failure',
    message: (d: { lock: string }) =>
      `Another bantam took over ${d.lock}, because this one made no progress for a while.`,
    hint: 'Run the command again.',
    example: { lock: 'out/home/.lock' },
  },
  FILE_CHANGED: {
    kind: 'failure',
    message: (d: { file: string }) => `${d.file} changed while it was read.`,
    hint: 'Build again once nothing writes to it.',
    example: { file: '/home/anna/images/raspios.img.xz' },
  },
} as const satisfies Record<string, ErrorEntry>
