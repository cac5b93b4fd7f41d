import { BuildError } from '../../errors.ts'

/** Makes the error for an .xz whose structure contradicts itself or the format. */
export function corrupt(file: string, reason: string): BuildError {
  return new BuildError('XZ_CORRUPT', { file, reason })
}
