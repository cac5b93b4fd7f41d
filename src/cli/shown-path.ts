import { relative } from 'node:path'
import type { CliContext } from './context.ts'

/** Writes a path for people: relative to the folder in which they typed the command. */
export function shownPath(path: string, { workingFolder }: Pick<CliContext, 'workingFolder'>): string {
  return relative(workingFolder, path) || path
}
