import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheOptions, planCacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { cacheKey } from '../../cache/cache-folders.ts'
import { publishEntry } from '../../cache/publish-entry.ts'
import { BuildError } from '../../errors.ts'
import { withCacheErrors } from '../../host/cache-error.ts'
import { fileState } from '../../host/file-state.ts'
import { findStoredImage, RAW_FILE, type CachedImage, writeImageNote } from './stored-image.ts'

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
