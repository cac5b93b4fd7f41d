import { join } from 'node:path'
import { type CacheContext, type CacheOptions, planCacheContext } from '../../cache/cache-context.ts'
import { BuildError } from '../../errors.ts'
import { withCacheErrors } from '../../host/cache-error.ts'
import { fileState } from '../../host/file-state.ts'
import { sha256File } from '../../host/sha256-file.ts'
import type { StoredImage } from '../cache/stored-image.ts'
import { checkImageBlocks } from './check-image-blocks.ts'
import { packImage } from './pack-image.ts'
import { unpackImage } from './unpack-image.ts'

/** `raw`: a plain image file. `xz`: an .xz with many blocks. `any`: the one that is available. */
export type StoredFormat = 'raw' | 'xz' | 'any'

/** A base image in the requested format. */
export interface ConvertedImage {
  readonly path: string
  readonly byteLength: number
  /** Folder of the cache for the .xz blocks that builds edit. Null: the image is raw. */
  readonly blocksFolder: string | null
  /** `fileState` of an .xz, taken before it was hashed. Empty for a raw image. */
  readonly state: string
}

/**
 * Converts a stored image to a format. The conversion is done once and kept in the cache. Throws what unpacking and
 * packing throw.
 */
export async function convertImage(
  stored: StoredImage,
  format: StoredFormat,
  { source, verified }: { readonly source: string; readonly verified: boolean },
  context: CacheContext,
): Promise<ConvertedImage> {
  const { raw, packed, sha256 } = stored
  if (packed !== null && (format === 'xz' || (format === 'any' && raw === null))) {
    // Builds copy blocks unread, so every block is checked once here. Plain readers check what they read.
    if (format === 'xz' && !verified && sha256 !== null)
      await checkImageBlocks(context, { path: packed, sha256, source, state: await stateOf(stored, packed) })
    return packedImage(stored, packed, context)
  }
  if (format !== 'xz') return rawImage(raw ?? (await unpackStored(stored, source, context)).raw, stored)
  const whole = await hashed(stored, source, context)
  const { path } = rawImage(raw, stored)
  const made = await packImage(context, { path, sha256: whole.sha256, source, state: await stateOf(stored, path) })
  return packedImage({ ...whole, state: null }, made, context)
}

/** Same as `convertImage`, for an image that does not come from a list of references. */
export async function convertImageOf(
  stored: StoredImage,
  format: StoredFormat,
  source: string,
  options: CacheOptions,
): Promise<ConvertedImage> {
  return withCacheErrors(options.cacheFolder, () =>
    convertImage(stored, format, { source, verified: true }, planCacheContext(options)),
  )
}

/**
 * Returns the state that the file must keep. A user's file must still be the hashed one. The cache's files do not
 * change.
 */
async function stateOf({ state }: Pick<StoredImage, 'state'>, path: string): Promise<string> {
  return state ?? fileState(path)
}

async function packedImage(
  stored: Pick<StoredImage, 'sha256' | 'byteLength' | 'state'>,
  path: string,
  { cache }: CacheContext,
): Promise<ConvertedImage> {
  const { sha256, byteLength } = stored
  if (sha256 === null) throw new BuildError('BUG', { state: 'a packed image without a SHA-256' })
  return { path, byteLength, blocksFolder: join(cache.blocks, sha256), state: await stateOf(stored, path) }
}

function rawImage(path: string | null, { byteLength }: StoredImage): ConvertedImage {
  if (path === null) throw new BuildError('BUG', { state: 'a stored image is neither raw nor packed' })
  return { path, byteLength, blocksFolder: null, state: '' }
}

async function unpackStored(
  { packed, sha256, state }: StoredImage,
  source: string,
  context: CacheContext,
): Promise<StoredImage> {
  if (packed === null || sha256 === null)
    throw new BuildError('BUG', { state: 'a stored image is neither raw nor packed' })
  return unpackImage(context, {
    path: packed,
    sha256,
    state: await stateOf({ state }, packed),
    source,
    verified: false,
  })
}

/** Hashes a user's raw file. This is done only before packing, which takes far longer. */
async function hashed(
  stored: StoredImage,
  source: string,
  { progress, transfer }: CacheContext,
): Promise<StoredImage & { readonly sha256: string }> {
  if (stored.sha256 !== null) return { ...stored, sha256: stored.sha256 }
  const { path } = rawImage(stored.raw, stored)
  const sha256 = await sha256File(path, {
    signal: transfer.signal,
    onProgress: (completedBytes) => {
      progress({ step: 'hash', subject: source, completedBytes, totalBytes: stored.byteLength })
    },
  })
  return { ...stored, sha256 }
}
