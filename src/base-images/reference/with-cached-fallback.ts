import type { CacheContext } from '../../cache/cache-context.ts'
import { loadIndexRecord } from '../../cache/cache-index.ts'
import { type BuildError, describeError } from '../../errors.ts'
import type { LocatedImage } from '../cache/located-image.ts'
import { findStoredImage, type ImageOrigin } from '../cache/stored-image.ts'
import { isUnavailable } from './unavailable.ts'

/** If the newest image is unavailable, uses the image that `key` led to before, with a warning. */
export async function withCachedFallback(
  key: string,
  reference: string,
  context: CacheContext,
  obtain: () => Promise<LocatedImage>,
  origin: ImageOrigin = 'published',
): Promise<LocatedImage> {
  try {
    return await obtain()
  } catch (error) {
    const cached = isUnavailable(error) ? await findRemembered(key, reference, context, error, origin) : null
    if (cached === null) throw error
    return cached
  }
}

async function findRemembered(
  key: string,
  reference: string,
  context: CacheContext,
  reason: BuildError,
  origin: ImageOrigin,
): Promise<LocatedImage | null> {
  const record = await loadIndexRecord(context.cache.index, key)
  const image = record === null ? null : await findStoredImage(context, record.sha256, origin)
  if (record === null || image === null) return null
  const { message, hint } = describeError('BASE_CACHED_IMAGE_USED', {
    reference,
    obtainedAt: record.obtainedAt,
    reason: reason.message,
    // Without a network, the network is the remedy. For a missing program, the error's own hint names the remedy.
    remedy: reason.code.startsWith('DEBIAN_') && reason.code !== 'DEBIAN_MIRROR_FAILED' ? reason.hint : null,
  })
  return {
    stored: image,
    source: record.url,
    verifiedSha256: record.verified ? record.sha256 : null,
    warnings: [{ code: 'BASE_CACHED_IMAGE_USED', message, hint }],
  }
}
