import { stat } from 'node:fs/promises'
import { BuildError } from '../../errors.ts'
import type { BaseImage } from '../../model/base-image.ts'

/** Reads the numbers by which a file system knows a file, also if links give it several names. */
export type ReadIdentity = (path: string) => Promise<{ readonly dev: bigint; readonly ino: bigint }>

// NTFS numbers its files with 64 bits. As doubles, neighbouring files would have the same number.
const readIdentity: ReadIdentity = (path) => stat(path, { bigint: true })

/** Throws `OUTPUT_IS_BASE` if a result would replace a base image, also if links give it several names. */
export async function requireOtherFiles(
  bases: readonly Pick<BaseImage, 'path' | 'source'>[],
  targets: readonly string[],
  read = readIdentity,
): Promise<void> {
  const identity = async (path: string): Promise<string | null> =>
    read(path).then(
      ({ dev, ino }) => `${dev} ${ino}`,
      () => null,
    )
  const baseFiles = new Set(await Promise.all(bases.flatMap(({ path, source }) => [identity(path), identity(source)])))
  for (const path of targets) {
    const target = await identity(path)
    if (target !== null && baseFiles.has(target)) throw new BuildError('OUTPUT_IS_BASE', { path })
  }
}
