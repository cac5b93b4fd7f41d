import type { ErrorEntry } from './error-entry.ts'

/** States that cannot be. */
export const bugErrors = {
  BUG: {
    kind: 'failure',
    message: (d: { state: string }) => `bantam reached a state that cannot be: ${d.state}.`,
    hint: 'This is a mistake in bantam. Please report it with the command that you ran.',
    example: { state: 'no template user-data.hbs' },
  },
} as const satisfies Record<string, ErrorEntry>
