import type { ErrorEntry } from './error-entry.ts'

export const configErrors = {
} as const satisfies Record<string, ErrorEntry>
