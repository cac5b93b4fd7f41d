import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheOptions, planCacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { cacheKey } from '../../cache/cache-folders.ts'
import { BuildError } from '../../errors.ts'
import { withCacheErrors } from '../../host/cache-error.ts'
import { fileState } from '../../host/file-state.ts'
import { type CachedImage, findStoredImage, publishImage, RAW_FILE } from './stored-image.ts'

export interface DerivedImageOptions extends CacheOptions {
  /** The raw image that it is made from. */
  readonly basePath: string
  /** Describes the edits exactly. A different text gives a different image. */
  readonly recipe: string
  /** Path or URL of the base image, as people read it. */
  readonly source: string
}

/**
 * Returns an image that is made from a base image. The cache gives it if base and recipe are the same, else `make`
 * writes it to the given path.
 */
export async function ensureDerivedImage(
  options: DerivedImageOptions,
  make: (path: string, signal: AbortSignal) => Promise<void>,
): Promise<CachedImage> {
  const { basePath, recipe, source } = options
  const context = planCacheContext(options)
  return withCacheErrors(context.cache.root, async () => {
    const state = await fileState(basePath)
    const key = cacheKey(JSON.stringify([basePath, state, recipe]))
    return withCacheEntry(context, `image-${key}`, source, async (locked) => {
      const { cache } = locked
      const known = await findStoredImage(locked, key)
      if (known !== null) return known
      await publishImage(locked, join(cache.images, key), RAW_FILE, async (path) => {
        await make(path, locked.transfer.signal)
        if ((await fileState(basePath)) !== state) throw new BuildError('FILE_CHANGED', { file: source })
        return { byteLength: (await stat(path)).size, sha256: null, source: `${source} with ${recipe}` }
      })
      const image = await findStoredImage(locked, key)
      if (image === null)
        throw new BuildError('BUG', { state: 'an image is not in the cache right after it was put there' })
      return image
    })
  })
}
