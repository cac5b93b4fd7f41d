import type { ErrorEntry } from './error-entry.ts'

export const artifactErrors = {
} as const satisfies Record<string, ErrorEntry>
