import { type CacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { type CacheFolders, cacheKey } from '../../cache/cache-folders.ts'
import { discardDownload, fetchVerified } from '../../cache/fetch-verified.ts'
import type { Validators } from '../../download/partial-download.ts'
import { BuildError, hasCode } from '../../errors.ts'
import { displayUrl } from '../../text/display-url.ts'
import { findStoredImage, type CachedImage } from '../cache/stored-image.ts'
import type { StoredFormat } from '../format/convert-image.ts'
import { keepImage } from '../format/keep-image.ts'
import { isUnavailable } from './unavailable.ts'

export interface PublishedImage {
  readonly url: string
  /** Null where no publisher lists its checksum. */
  readonly expectedSha256: string | null
  /** What the URL gave last time: not fetched again where the server still has the same. */
  readonly known: (Validators & { readonly sha256: string }) | null
  /** What it will be made into. */
  readonly form: StoredFormat
}

export interface ObtainedImage {
  readonly image: CachedImage
  readonly validators: Validators
}

const noValidators: Validators = { etag: null, lastModified: null }

/**
 * Gives the image of a URL, from the cache where it is there already. Of builds at the same time one downloads. An .xz with many blocks of
 * which the cache holds the unpacked image alone is fetched again for results that share its blocks: packing takes longer, and would make
 * other blocks. Where it cannot be had now, the unpacked image is given.
 */
export async function fetchPublishedImage(context: CacheContext, published: PublishedImage): Promise<ObtainedImage> {
  const { url, form } = published
  return withCacheEntry(context, `download-${cacheKey(url)}`, displayUrl(url), async (locked, cache) => {
    const cached = await findExpected(cache, published.expectedSha256)
    if (cached === null) return download(locked, cache, published)
    if (!lacksBlocks(cached, form)) return { image: cached, validators: noValidators }
    try {
      return await download(locked, cache, published)
    } catch (error) {
      // A URL may give another file by now than the pinned one, which the cache holds.
      if (!isUnavailable(error) && !hasCode(error, 'DOWNLOAD_CHECKSUM_MISMATCH')) throw error
      return { image: cached, validators: noValidators }
    }
  })
}

function lacksBlocks({ packed, hasPublishedBlocks }: CachedImage, form: StoredFormat): boolean {
  return form === 'xz' && packed === null && hasPublishedBlocks
}

async function findExpected(cache: CacheFolders, expectedSha256: string | null): Promise<CachedImage | null> {
  return expectedSha256 === null ? null : findStoredImage(cache, expectedSha256)
}

async function download(context: CacheContext, cache: CacheFolders, published: PublishedImage): Promise<ObtainedImage> {
  const { url, expectedSha256, known, form } = published
  const remembered = known === null || expectedSha256 !== null ? null : await findStoredImage(cache, known.sha256)
  const knownImage = remembered !== null && lacksBlocks(remembered, form) ? null : remembered
  const fetched = await fetchVerified(
    url,
    { expectedSha256, unlessMatches: knownImage === null ? null : known },
    context,
    cache,
  )
  if (fetched.kind === 'not-modified') {
    if (known === null || knownImage === null)
      throw new BuildError('BUG', { state: 'a file that was never fetched is not modified' })
    return { image: knownImage, validators: known }
  }
  try {
    const image = await keepImage(
      context,
      { ...fetched, source: displayUrl(url), verified: expectedSha256 !== null },
      'ours',
    )
    await discardDownload(url, cache)
    return { image, validators: fetched.validators }
  } catch (error) {
    // What came whole and is no image is of no use; after an abort or with a full disk it is.
    if (error instanceof BuildError && error.kind === 'input') await discardDownload(url, cache)
    throw error
  }
}
