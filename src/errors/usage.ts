import { quote, suggest } from './config/quote-value.ts'
import type { ErrorEntry } from './error-entry.ts'
import { docsPage } from './shared-hints.ts'

/** Wrong usage of the command line. */
export const usageErrors = {
  USAGE_WORD_UNKNOWN: {
    kind: 'input',
    message: (d: { word: string; nearest: string | null }) => `bantam has no explanation of ${quote(d.word)}.`,
    hint: (d: { nearest: string | null }) =>
      suggest(d.nearest, `Give an error code as bantam prints it. All codes are in ${docsPage('errors')}.`),
    example: { word: 'BASE_FILE_MISING', nearest: 'BASE_FILE_MISSING' },
  },
  USAGE_OPTION_INVALID: {
    kind: 'input',
    message: (d: { option: string; value: string; expected: string }) =>
      `${d.option} is ${d.value}; it must be ${d.expected}.`,
    hint: 'Run the command with --help to see every option.',
    example: { option: '--jobs', value: 'all', expected: 'a whole number from 1' },
  },
  USAGE_INVALID: {
    kind: 'input',
    message: (d: { reason: string }) => d.reason,
    hint: 'Run the command with --help to see every option.',
    example: { reason: "unknown option '--verbos'" },
  },
  USAGE_SOURCE_DATE_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `SOURCE_DATE_EPOCH is ${d.value}, which is not a number of seconds since 1970.`,
    hint: 'Unset it, or set it to whole seconds, such as the output of git log -1 --format=%ct.',
    example: { value: '2026-06-18' },
  },
} as const satisfies Record<string, ErrorEntry>
