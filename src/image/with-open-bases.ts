import { withFileDevice } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import { withPinnedFile } from '../host/pinned-file.ts'
import type { BaseImage } from '../model/base-image.ts'
import type { OpenBase } from '../model/patched-image.ts'
import { withXzSource } from '../xz-cache/xz-source.ts'
import { type BlockWorkers, withBlockWorkers } from '../xz/threads/block-workers.ts'

/** Where a base image is. */
export type BasePlace = Pick<BaseImage, 'path' | 'state' | 'blocksFolder'>

export interface OpenBasesOptions {
  /** Number of threads for all bases together. */
  readonly workerCount: number
  readonly signal: AbortSignal
}

/**
 * Opens base images for reading, raw or block by block, and passes them to the callback. They are closed on every path.
 * Each is opened once, so every byte comes from the file that was checked. All of them share the same unpacking
 * threads. No thread is started if all are raw. Throws `FILE_CHANGED` if a file is no longer the one that was checked.
 */
export async function withOpenBases<B extends BasePlace, T>(
  bases: readonly B[],
  { workerCount, signal }: OpenBasesOptions,
  use: (openBaseOf: (base: B) => OpenBase) => Promise<T>,
): Promise<T> {
  const open = (
    workers: BlockWorkers | null,
    [base, ...rest]: readonly B[],
    opened: ReadonlyMap<B, OpenBase>,
  ): Promise<T> => {
    if (base !== undefined)
      return withOpenBase(base, workers, (one) => open(workers, rest, new Map([...opened, [base, one]])))
    return use((wanted) => {
      const found = opened.get(wanted)
      if (found === undefined) throw new BuildError('BUG', { state: 'a base image that was not opened' })
      return found
    })
  }
  if (bases.every(({ blocksFolder }) => blocksFolder === null)) return open(null, bases, new Map())
  return withBlockWorkers(workerCount, (workers) => open(workers, bases, new Map()), { signal })
}

async function withOpenBase<T>(
  { path, state, blocksFolder }: BasePlace,
  workers: BlockWorkers | null,
  use: (base: OpenBase) => Promise<T>,
): Promise<T> {
  return withPinnedFile({ path, state }, (file) =>
    blocksFolder === null || workers === null
      ? withFileDevice(file, (device) => use({ file, device, xz: null }))
      : withXzSource(file, blocksFolder, workers, (xz) => use({ file, device: xz.device, xz })),
  )
}
