import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withCacheEntry } from '../../cache/cache-context.ts'
import { cacheKey } from '../../cache/cache-folders.ts'
import { publishEntry } from '../../cache/publish-entry.ts'
import { planTransfer } from '../../download/transfer.ts'
import { BuildError } from '../../errors.ts'
import { withCacheErrors } from '../../host/cache-error.ts'
import { fileState } from '../../host/file-state.ts'
import type { Progress } from '../../progress.ts'
import { findStoredImage, RAW_FILE, type CachedImage, writeImageNote } from './stored-image.ts'

export interface DerivedImageOptions {
  /** Raw image that it is made from. */
  readonly basePath: string
  /** What is done to it, exactly: another text, another image. */
  readonly recipe: string
  /** Of the base image, for people. */
  readonly source: string
  readonly cacheFolder: string
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Gives an image made from a base image, from the cache where base and recipe are the same; else `make` writes it to a path. */
export async function ensureDerivedImage(
  options: DerivedImageOptions,
  make: (path: string, signal: AbortSignal) => Promise<void>,
): Promise<CachedImage> {
  const { basePath, recipe, source, cacheFolder, progress, signal } = options
  const context = { cacheFolder, progress, transfer: planTransfer(signal, {}) }
  return withCacheErrors(cacheFolder, async () => {
    const state = await fileState(basePath)
    const key = cacheKey(JSON.stringify([basePath, state, recipe]))
    return withCacheEntry(context, `image-${key}`, source, async (locked, cache) => {
      const known = await findStoredImage(cache, key)
      if (known !== null) return known
      await publishEntry(join(cache.images, key), async (folder) => {
        const path = join(folder, RAW_FILE)
        await make(path, locked.transfer.signal)
        if ((await fileState(basePath)) !== state) throw new BuildError('FILE_CHANGED', { file: source })
        const { size } = await stat(path)
        return [
          RAW_FILE,
          await writeImageNote(folder, { byteLength: size, fileByteLength: size, source: `${source} with ${recipe}` }),
        ]
      })
      const image = await findStoredImage(cache, key)
      if (image === null)
        throw new BuildError('BUG', { state: 'an image is not in the cache right after it was put there' })
      return image
    })
  })
}
