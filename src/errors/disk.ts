import type { ErrorEntry } from './error-entry.ts'

export const diskErrors = {
} as const satisfies Record<string, ErrorEntry>
