import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheContext, type CacheOptions, planCacheContext, withCacheEntry } from '../cache/cache-context.ts'
import { cacheKey } from '../cache/cache-folders.ts'
import { loadIndexRecord } from '../cache/cache-index.ts'
import { discardDownload, fetchVerified } from '../cache/fetch-verified.ts'
import { publishEntry } from '../cache/publish-entry.ts'
import { rememberFile } from '../cache/remember-file.ts'
import { parseChecksumList } from '../download/checksum-list.ts'
import { fetchText } from '../download/fetch-text.ts'
import { BuildError } from '../errors.ts'
import { withCacheErrors } from '../host/cache-error.ts'
import { fileState } from '../host/file-state.ts'
import { renamePath } from '../host/rename-path.ts'
import { sha256File } from '../host/sha256-file.ts'
import { displayUrl } from '../text/display-url.ts'

export interface ReleaseFileOptions extends CacheOptions {
  /** Folder of the releases of all versions, without trailing slash. */
  readonly releaseUrl: string
  /** Such as `v1.36.4+k3s1`. */
  readonly version: string
  /** Such as `k3s-arm64`. */
  readonly asset: string
  /** List of SHA-256 beside it, such as `sha256sum-arm64.txt`. */
  readonly checksumAsset: string
  /** Counts instead of the list where given. */
  readonly pinnedSha256: string | null
  /** Noted in the cache. */
  readonly now: Date
}

/** A release file in the cache: read-only, and compared with its SHA-256 in this very build. */
export interface ReleaseFile {
  readonly path: string
  /** `fileState`, taken before the file was hashed. */
  readonly state: string
  readonly byteLength: number
  readonly sha256: string
}

/** Gives one file of a release, downloaded once and verified each time. Once fetched, a version needs no network again. */
export async function obtainReleaseFile(options: ReleaseFileOptions): Promise<ReleaseFile> {
  const { releaseUrl, version, asset, cacheFolder } = options
  const folderUrl = `${releaseUrl}/${encodeURIComponent(version)}`
  const url = `${folderUrl}/${asset}`
  const context = planCacheContext(options)
  return withCacheErrors(cacheFolder, async () => {
    const sha256 =
      options.pinnedSha256 ?? (await listedSha256(url, `${folderUrl}/${options.checksumAsset}`, options, context))
    return withCacheEntry(
      context,
      `download-${cacheKey(url)}`,
      displayUrl(url),
      async (locked) => (await findFile(locked, sha256, options)) ?? download(url, sha256, options, locked),
    )
  })
}

/** The files of a published version do not change, so its checksum is asked for once. */
async function listedSha256(
  url: string,
  listUrl: string,
  options: ReleaseFileOptions,
  context: CacheContext,
): Promise<string> {
  const remembered = await loadIndexRecord(context.cache.index, cacheKey(url))
  if (remembered !== null) return remembered.sha256
  const sha256 = parseChecksumList(await fetchText(listUrl, context.transfer)).get(options.asset)
  if (sha256 === undefined)
    throw new BuildError('DOWNLOAD_CHECKSUM_UNLISTED', { url: displayUrl(listUrl), file: options.asset })
  return sha256
}

async function findFile(
  { cache, damagedFiles, progress }: CacheContext,
  sha256: string,
  { asset, signal }: ReleaseFileOptions,
): Promise<ReleaseFile | null> {
  const path = join(cache.files, sha256, asset)
  const stats = await stat(path).catch(() => null)
  if (stats === null) return null
  const state = await fileState(path)
  // Small files: reading one again costs less than a node with a damaged k3s.
  if ((await sha256File(path, { signal })) === sha256) return { path, state, byteLength: stats.size, sha256 }
  damagedFiles.add(path)
  progress({ step: 'discard', subject: path, completedBytes: 0, totalBytes: null })
  return null
}

async function download(
  url: string,
  sha256: string,
  options: ReleaseFileOptions,
  context: CacheContext,
): Promise<ReleaseFile> {
  const { cache } = context
  const fetched = await fetchVerified(url, { expectedSha256: sha256, unlessMatches: null }, context)
  if (fetched.kind === 'not-modified')
    throw new BuildError('BUG', { state: 'a file was not modified although nobody asked' })
  await publishEntry(
    join(cache.files, sha256),
    async (folder) => {
      await renamePath(fetched.path, join(folder, options.asset))
      return [options.asset]
    },
    context.requireHeld,
  )
  await discardDownload(url, context)
  await rememberFile(context, cacheKey(url), {
    url: displayUrl(url),
    sha256,
    verified: true,
    obtainedAt: options.now.toISOString(),
    ...fetched.validators,
  })
  const file = await findFile(context, sha256, options)
  if (file === null)
    throw new BuildError('BUG', { state: 'a release file is not in the cache right after it was put there' })
  return file
}
