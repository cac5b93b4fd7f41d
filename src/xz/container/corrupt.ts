import { BuildError } from '../../errors.ts'

/** The failure of an .xz whose structure contradicts itself or the format. */
export function corrupt(file: string, reason: string): BuildError {
  return new BuildError('XZ_CORRUPT', { file, reason })
}
