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
  CLOCK_BEFORE_BASE: {
    kind: 'failure',
    message: (d: { now: string; base: string; written: string }) =>
      `The clock says ${d.now}, but the base image ${d.base} was last written on ${d.written}.`,
    hint: `${SET_THE_CLOCK} If it is right, the base image was written on a machine whose clock was wrong: mount its root partition once, which writes the present time.`,
    example: {
      now: '2026-11-03T08:15:00Z',
      base: 'raspios-13-lite',
      written: '2027-02-11T16:40:12Z',
    },
  },
} as const satisfies Record<string, ErrorEntry>
