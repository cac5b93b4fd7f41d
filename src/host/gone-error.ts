import { BuildError } from '../errors.ts'

/**
 * Makes an error that names a file of the base image which can no longer be opened. Otherwise the user would blame the output file.
 * Returns any other error unchanged.
 */
export function goneError(error: unknown, path: string): unknown {
  // Only errors of opening a file hold a path.
  return error instanceof Error && 'path' in error && error.path === path
    ? new BuildError('FILE_CHANGED', { file: path }, { cause: error })
    : error
}
