import type { ErrorEntry } from './error-entry.ts'

export const renderErrors = {
} as const satisfies Record<string, ErrorEntry>
