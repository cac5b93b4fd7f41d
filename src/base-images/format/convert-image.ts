import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheContext, type CacheOptions, planCacheContext } from '../../cache/cache-context.ts'
import { rememberedHash } from '../../cache/remembered-hash.ts'
import { BuildError } from '../../errors.ts'
import { withCacheErrors } from '../../host/cache-error.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { isSealNote } from '../../host/sealed-file.ts'
import type { CheckedFile, StoredImage } from '../cache/stored-image.ts'
import { checkImageBlocks } from './check-image-blocks.ts'
import { packImage } from './pack-image.ts'
import { unpackImage } from './unpack-image.ts'

/** `raw`: a plain image file. `xz`: an .xz with many blocks. `any`: the one that is available. */
export type StoredFormat = 'raw' | 'xz' | 'any'

/** A base image in the requested format. */
export interface ConvertedImage extends CheckedFile {
  readonly byteLength: number
  /** Folder of the cache for the .xz blocks that builds edit. Null: the image is raw. */
  readonly blocksFolder: string | null
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
    if (format === 'xz' && !verified && sha256 !== null) await checkImageBlocks(context, { ...packed, sha256, source })
    return packedImage(stored, packed, context)
  }
  if (format !== 'xz') return rawImage(raw ?? (await unpackStored(stored, source, context)), stored)
  const whole = await hashed(stored, context)
  return packedImage(whole, await packImage(context, { ...whole.raw, sha256: whole.sha256, source }), context)
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

async function packedImage(
  { sha256, byteLength }: Pick<StoredImage, 'sha256' | 'byteLength'>,
  file: CheckedFile,
  { cache, recheck }: CacheContext,
): Promise<ConvertedImage> {
  if (sha256 === null) throw new BuildError('BUG', { state: 'a packed image without a SHA-256' })
  const blocksFolder = join(cache.blocks, sha256)
  if (recheck) await unsealBlocks(blocksFolder)
  return { ...file, byteLength, blocksFolder }
}

/**
 * Removes the notes of decoded blocks, so that builds decode them again. The blocks themselves stay: another build may
 * be reading them.
 */
async function unsealBlocks(folder: string): Promise<void> {
  const names = (await nullIfMissing(readdir(folder, { recursive: true }))) ?? []
  for (const name of names) if (isSealNote(name)) await rm(join(folder, name), { force: true })
}

function rawImage(file: CheckedFile, { byteLength }: StoredImage): ConvertedImage {
  return { ...file, byteLength, blocksFolder: null }
}

async function unpackStored(
  { packed, sha256 }: StoredImage,
  source: string,
  context: CacheContext,
): Promise<CheckedFile> {
  if (packed === null || sha256 === null)
    throw new BuildError('BUG', { state: 'a stored image is neither raw nor packed' })
  const { raw } = await unpackImage(context, { ...packed, sha256, source, verified: false })
  if (raw === null) throw new BuildError('BUG', { state: 'an unpacked image has no raw file' })
  return raw
}

/** Hashes a user's raw file. This is done only before packing, which takes far longer. */
async function hashed(
  { raw, ...stored }: StoredImage,
  context: CacheContext,
): Promise<StoredImage & { readonly sha256: string; readonly raw: CheckedFile }> {
  if (raw === null) throw new BuildError('BUG', { state: 'a stored image is neither raw nor packed' })
  if (stored.sha256 !== null) return { ...stored, raw, sha256: stored.sha256 }
  const sha256 = await rememberedHash(context, { ...raw, byteLength: stored.byteLength })
  return { ...stored, raw, sha256 }
}
