import { type CacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { cacheKey } from '../../cache/cache-folders.ts'
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
  /** Null if no publisher lists its checksum. */
  readonly expectedSha256: string | null
  /** The file that the URL gave last time. It is not fetched again if the server still has the same file. */
  readonly known: (Validators & { readonly sha256: string }) | null
  /** The format that the caller wants. */
  readonly format: StoredFormat
}

export interface ObtainedImage {
  readonly image: CachedImage
  readonly validators: Validators
}

const noValidators: Validators = { etag: null, lastModified: null }

/**
 * Returns the image of a URL, from the cache if it is there. If several builds run at the same time, one of them
 * downloads. The cache may hold only the unpacked image of an .xz with many blocks. For results that share its blocks,
 * the .xz is then fetched again: packing takes longer and would make different blocks. If the .xz is unavailable, the
 * unpacked image is returned.
 */
export async function fetchPublishedImage(context: CacheContext, published: PublishedImage): Promise<ObtainedImage> {
  const { url, format } = published
  return withCacheEntry(context, `download-${cacheKey(url)}`, displayUrl(url), async (locked) => {
    const cached = await findExpected(locked, published.expectedSha256)
    if (cached === null) return download(locked, published)
    if (!lacksBlocks(cached, format)) return { image: cached, validators: noValidators }
    try {
      return await download(locked, published)
    } catch (error) {
      // The URL may lead to a newer file than the pinned one in the cache.
      if (!isUnavailable(error) && !hasCode(error, 'DOWNLOAD_CHECKSUM_MISMATCH')) throw error
      return { image: cached, validators: noValidators }
    }
  })
}

function lacksBlocks({ packed, hasPublishedBlocks }: CachedImage, format: StoredFormat): boolean {
  return format === 'xz' && packed === null && hasPublishedBlocks
}

async function findExpected(context: CacheContext, expectedSha256: string | null): Promise<CachedImage | null> {
  return expectedSha256 === null ? null : findStoredImage(context, expectedSha256)
}

async function download(context: CacheContext, published: PublishedImage): Promise<ObtainedImage> {
  const { url, expectedSha256, known, format } = published
  const remembered = known === null || expectedSha256 !== null ? null : await findStoredImage(context, known.sha256)
  const knownImage = remembered !== null && lacksBlocks(remembered, format) ? null : remembered
  const fetched = await fetchVerified(
    url,
    { expectedSha256, unlessMatches: knownImage === null ? null : known },
    context,
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
    await discardDownload(url, context)
    return { image, validators: fetched.validators }
  } catch (error) {
    // A complete download that is no image is useless. After an abort or on a full disk, a download can still be
    // resumed.
    if (error instanceof BuildError && error.kind === 'input') await discardDownload(url, context)
    throw error
  }
}
