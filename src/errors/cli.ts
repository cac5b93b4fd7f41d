import type { ErrorEntry } from './error-entry.ts'

/** Failures of the command line itself. */
export const cliErrors = {
  USAGE_OPTION_INVALID: {
    kind: 'input',
    message: (d: { option: string; value: string; expected: string }) => `${d.option} ${d.value} is not ${d.expected}.`,
    hint: 'Run the command with --help to see every option.',
  },
  USAGE_INVALID: {
    kind: 'input',
    message: (d: { reason: string }) => d.reason,
    hint: 'Run the command with --help to see every option.',
  },
  OUTPUT_EXISTS: {
    kind: 'input',
    message: (d: { path: string }) => `${d.path} exists already and was left as it is.`,
    hint: 'Give another name with --cluster FILE, or replace it with --force.',
  },
  HOME_UNKNOWN: {
    kind: 'input',
    message: () => 'Base images are kept in your cache folder, but this user has no home folder: HOME is not set.',
    hint: 'Set HOME, or name a folder with --cache DIR or BANTAM_CACHE.',
  },
  USAGE_SOURCE_DATE_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `SOURCE_DATE_EPOCH is ${d.value}, which is no count of seconds since 1970.`,
    hint: 'Unset it, or set it to whole seconds, such as the output of git log -1 --format=%ct.',
  },
} as const satisfies Record<string, ErrorEntry>
