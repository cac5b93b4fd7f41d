import { ensureDerivedImage } from '../../base-images/cache/ensure-derived-image.ts'
import { warnOfDamage } from '../../base-images/cache/warn-of-damage.ts'
import { type StoredFormat, convertImageOf } from '../../base-images/format/convert-image.ts'
import type { CacheOptions } from '../../cache/cache-context.ts'
import { copySparse } from '../../host/copy-sparse.ts'
import { withPinnedFile } from '../../host/pinned-file.ts'
import { preloadImage } from '../../image/preload-image.ts'
import { obtainReleaseFile, type ReleaseFile } from '../../k3s-release/obtain-release-file.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { K3sPlan } from '../../model/node-plan.ts'
import type { PreloadFile } from '../../model/preload-file.ts'

export interface PreloadOptions extends Omit<CacheOptions, 'damagedFiles'> {
  /** True: the image is also available as a raw file. */
  readonly alsoRaw: boolean
  /** Written into the cache. */
  readonly now: Date
}

const BINARY = 'k3s-arm64'
const IMAGES = 'k3s-airgap-images-arm64.tar.zst'
const CHECKSUMS = 'sha256sum-arm64.txt'
/** The folder from which k3s imports container images at its start: https://docs.k3s.io/installation/airgap */
const IMAGES_FOLDER = 'var/lib/rancher/k3s/agent/images'

/**
 * Returns a base image with k3s and its preload images, so that its nodes need no network for them. It is made once for all nodes and kept
 * in the cache. Each node's image then changes only a few blocks, as without k3s.
 */
export async function preloadBase(
  base: BaseImage,
  k3s: K3sPlan,
  format: StoredFormat,
  preloadOptions: PreloadOptions,
): Promise<BaseImage> {
  const damagedFiles = new Set<string>()
  const options = { ...preloadOptions, damagedFiles }
  const binary = await obtainAsset(BINARY, k3s, options)
  const images = await obtainAsset(IMAGES, k3s, options)
  const files: readonly PreloadFile[] = [
    { path: 'usr/local/bin/k3s', source: binary, mode: 0o755 },
    { path: `${IMAGES_FOLDER}/${IMAGES}`, source: images, mode: 0o644 },
    // With this file, k3s imports the images only when they change, not at each start.
    { path: `${IMAGES_FOLDER}/.cache.json`, source: null, mode: 0o644 },
  ]
  const recipe = `k3s ${k3s.version}: ${files.map(({ path, source }) => `${path} ${source?.sha256 ?? 'empty'}`).join(', ')}`
  const derived = { basePath: base.path, recipe, source: base.source, ...options }
  const stored = await ensureDerivedImage(derived, async (target, signal) => {
    options.progress({ step: 'preload', subject: base.reference, completedBytes: 0, totalBytes: null })
    await withPinnedFile(base, (file) => copySparse(file, target, signal))
    await preloadImage(target, files, signal)
  })
  const converted = await convertImageOf(stored, format, base.source, options)
  return {
    ...base,
    ...converted,
    raw: options.alsoRaw ? stored.raw : null,
    warnings: [...base.warnings, ...warnOfDamage(damagedFiles)],
  }
}

function obtainAsset(
  asset: string,
  { version, releaseUrl, sha256 }: K3sPlan,
  options: PreloadOptions,
): Promise<ReleaseFile> {
  const pinnedSha256 = sha256[asset] ?? null
  return obtainReleaseFile({ releaseUrl, version, asset, checksumAsset: CHECKSUMS, pinnedSha256, ...options })
}
