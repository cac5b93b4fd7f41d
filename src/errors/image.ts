import type { ErrorEntry } from './error-entry.ts'

export const imageErrors = {
} as const satisfies Record<string, ErrorEntry>
