import type { ErrorEntry } from './error-entry.ts'

export const osErrors = {
} as const satisfies Record<string, ErrorEntry>
