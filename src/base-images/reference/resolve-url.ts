import type { CacheContext } from '../../cache/cache-context.ts'
import { cacheKey } from '../../cache/cache-folders.ts'
import { loadIndexRecord } from '../../cache/cache-index.ts'
import { rememberFile } from '../../cache/remember-file.ts'
import { findPublishedChecksum } from '../../download/find-published-checksum.ts'
import { describeError } from '../../errors.ts'
import type { BaseImageWarning } from '../../model/base-image.ts'
import { displayUrl } from '../../text/display-url.ts'
import type { LocatedImage } from '../cache/located-image.ts'
import type { StoredFormat } from '../format/convert-image.ts'
import { fetchPublishedImage } from './fetch-published-image.ts'
import { withCachedFallback } from './with-cached-fallback.ts'

export interface ImageUrl {
  readonly url: string
  readonly pinnedSha256: string | null
}

/**
 * Returns the image of a URL. It is verified with the pin, else with a checksum that is next to the file. Without both,
 * the file is used with a warning. A pinned image that is in the cache needs no network.
 */
export async function resolveUrl(
  { url, pinnedSha256 }: ImageUrl,
  { now, format }: { readonly now: Date; readonly format: StoredFormat },
  context: CacheContext,
): Promise<LocatedImage> {
  const { cache } = context
  const source = displayUrl(url)
  if (pinnedSha256 !== null) {
    const { image } = await fetchPublishedImage(context, { url, expectedSha256: pinnedSha256, known: null, format })
    return { stored: image, source, verifiedSha256: pinnedSha256, warnings: [] }
  }
  const key = cacheKey(url)
  return withCachedFallback(key, source, context, async () => {
    const expectedSha256 = await findPublishedChecksum(url, context.transfer)
    const known = await loadIndexRecord(cache.index, key)
    const { image, validators } = await fetchPublishedImage(context, { url, expectedSha256, known, format })
    await rememberFile(context, key, {
      url: source,
      sha256: image.sha256,
      verified: expectedSha256 !== null,
      obtainedAt: now.toISOString(),
      ...validators,
    })
    const warnings = expectedSha256 === null ? [uncheckedWarning(source, image.sha256)] : []
    return { stored: image, source, verifiedSha256: expectedSha256, warnings }
  })
}

function uncheckedWarning(url: string, sha256: string): BaseImageWarning {
  const { message, hint } = describeError('BASE_CHECKSUM_UNKNOWN', { url, sha256 })
  return { code: 'BASE_CHECKSUM_UNKNOWN', message, hint }
}
