import { BuildError } from '../errors.ts'

/** Names a base image that was there a moment ago and cannot be opened now; unsaid, it would look like a fault of the file that is made from it. */
export function goneError(error: unknown, path: string): unknown {
  // Of all file operations, only opening names a path.
  return error instanceof Error && 'path' in error && error.path === path
    ? new BuildError('FILE_CHANGED', { file: path }, { cause: error })
    : error
}
