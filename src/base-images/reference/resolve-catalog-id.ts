import type { CacheContext } from '../../cache/cache-context.ts'
import { rememberFile } from '../../cache/remember-file.ts'
import { displayUrl } from '../../text/display-url.ts'
import type { LocatedImage } from '../cache/located-image.ts'
import type { StoredFormat } from '../format/convert-image.ts'
import { fetchPublishedImage } from './fetch-published-image.ts'
import { findRelease, type PublishedEntry } from './find-release.ts'
import { withCachedFallback } from './with-cached-fallback.ts'

/** Returns the newest published image of a catalog id. It is always verified with the publisher's checksum. */
export async function resolveCatalogId(
  id: string,
  entry: PublishedEntry,
  { now, format }: { readonly now: Date; readonly format: StoredFormat },
  context: CacheContext,
): Promise<LocatedImage> {
  return withCachedFallback(id, id, context, async () => {
    const { url, sha256 } = await findRelease(id, entry, context.transfer)
    const { image, validators } = await fetchPublishedImage(context, {
      url,
      expectedSha256: sha256,
      known: null,
      format,
    })
    const source = displayUrl(url)
    await rememberFile(context, id, {
      url: source,
      sha256,
      verified: true,
      obtainedAt: now.toISOString(),
      ...validators,
    })
    return { stored: image, source, verifiedSha256: sha256, warnings: [] }
  })
}
