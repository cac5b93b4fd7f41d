import type { ErrorEntry } from './error-entry.ts'

const SET_THE_CLOCK = 'Set the clock of this machine, for example with `timedatectl set-ntp true`, and try again.'

/** A clock that is certainly wrong. Certificates and tokens would get wrong dates. */
export const clockErrors = {
  CLOCK_BEFORE_PACKAGE: {
    kind: 'failure',
    message: (d: { now: string; packageDate: string }) =>
      `The clock says ${d.now}, but this version of bantam is from ${d.packageDate}.`,
    hint: `${SET_THE_CLOCK} Certificates and tokens that are made now would expire too early.`,
    example: { now: '1970-01-01T00:02:11Z', packageDate: '2026-11-01T00:00:00Z' },
  },
} as const satisfies Record<string, ErrorEntry>
