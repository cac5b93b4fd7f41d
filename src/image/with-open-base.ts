import { withFileDevice } from '../disk/file-device.ts'
import type { BaseImage } from '../model/base-image.ts'
import type { OpenBase } from '../model/patched-image.ts'
import { withBlockWorkers } from '../xz/block-workers.ts'
import { withXzSource } from '../xz/xz-source.ts'

/** Lends a base image open for reading, raw or block by block with threads that unpack; it is closed on every path. */
export async function withOpenBase<T>(
  { path, state, blocksFolder }: Pick<BaseImage, 'path' | 'state' | 'blocksFolder'>,
  { workerCount, signal }: { readonly workerCount: number; readonly signal: AbortSignal },
  use: (base: OpenBase) => Promise<T>,
): Promise<T> {
  if (blocksFolder === null) return withFileDevice(path, (device) => use({ path, device, xz: null }))
  return withBlockWorkers(workerCount, (workers) =>
    withXzSource({ path, state }, blocksFolder, workers, (xz) => use({ path, device: xz.device, xz })), { signal })
}
