import { join } from 'node:path'
import { fetchFile, type FetchedFile } from '../download/fetch-file.ts'
import {
  claimPartialDownload,
  removeDownloads,
  removePartialDownload,
  type Validators,
} from '../download/partial-download.ts'
import { BuildError } from '../errors.ts'
import { fileState } from '../host/file-state.ts'
import { sha256File } from '../host/sha256-file.ts'
import { displayUrl } from '../text/display-url.ts'
import type { CacheContext } from './cache-context.ts'
import { type CacheFolders, cacheKey } from './cache-folders.ts'

export interface FetchVerifiedOptions {
  /** Null if no publisher lists its checksum. */
  readonly expectedSha256: string | null
  readonly unlessMatches: Validators | null
}

export type VerifiedDownload =
  | {
      readonly kind: 'fetched'
      readonly path: string
      readonly sha256: string
      readonly state: string
      readonly validators: Validators
    }
  | { readonly kind: 'not-modified' }

/**
 * Downloads into the cache's folder of partial files, then compares the SHA-256 of the bytes on the disk. The caller
 * holds the lock of the URL, and moves or removes the file. Throws `DOWNLOAD_CHECKSUM_MISMATCH`, and what `fetchFile`
 * throws.
 */
export async function fetchVerified(
  url: string,
  options: FetchVerifiedOptions,
  context: CacheContext,
): Promise<VerifiedDownload> {
  const path = await claimPartialDownload(downloadPath(context.cache, url))
  const { expectedSha256, unlessMatches } = options
  const subject = displayUrl(url)
  const fetchOnce = (): Promise<FetchedFile> =>
    fetchFile(url, {
      partialPath: path,
      subject,
      checksum: expectedSha256 === null ? 'unknown' : 'known',
      unlessMatches,
      transfer: context.transfer,
      progress: context.progress,
    })
  for (;;) {
    const fetched = await fetchOnce()
    if (fetched.kind === 'not-modified') return fetched
    const state = await fileState(path)
    const sha256 = await hashFile(path, subject, context)
    if (expectedSha256 === null || sha256 === expectedSha256)
      return { kind: 'fetched', path, sha256, state, validators: fetched.validators }
    await removePartialDownload(path)
    // A resumed download may mix two versions of a file. Only a download in one piece proves that the checksum is
    // wrong.
    if (!fetched.resumed)
      throw new BuildError('DOWNLOAD_CHECKSUM_MISMATCH', { url: subject, actual: sha256, expected: expectedSha256 })
  }
}

/** Removes a URL's downloads, complete or partial. The caller holds the lock of the URL. */
export async function discardDownload(url: string, { cache }: CacheContext): Promise<void> {
  await removeDownloads(downloadPath(cache, url))
}

/** The path whose partial files are a URL's downloads. Nothing has this name itself. */
function downloadPath(cache: CacheFolders, url: string): string {
  return join(cache.partial, cacheKey(url))
}

async function hashFile(path: string, subject: string, { progress, transfer }: CacheContext): Promise<string> {
  return sha256File(path, {
    signal: transfer.signal,
    onProgress: (completedBytes) => {
      progress({ step: 'hash', subject, completedBytes, totalBytes: null })
    },
  })
}
