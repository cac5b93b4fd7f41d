import { join } from 'node:path'
import { type CacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import { fileState } from '../../host/file-state.ts'
import { readHead } from '../../host/read-head.ts'
import { renamePath } from '../../host/rename-path.ts'
import { readXzLayout, type XzLayout } from '../../xz/container/xz-layout.ts'
import { type CachedImage, findStoredImage, PACKED_FILE, publishImage } from '../cache/stored-image.ts'
import { checkImageBlocks } from './check-image-blocks.ts'
import { detectImageFormat, IMAGE_HEAD_BYTES } from './detect-format.ts'
import { hasUsableBlocks } from './has-usable-blocks.ts'
import { type PublishedFile, unpackImage } from './unpack-image.ts'

/**
 * Keeps a published file in its most useful format. An .xz with many blocks stays as it is, because nodes' images can
 * share its blocks. Other files are unpacked. A download (`ours`) is moved into the cache. A user's file (`theirs`)
 * stays where it is.
 */
export async function keepImage(
  context: CacheContext,
  file: PublishedFile,
  owner: 'ours' | 'theirs',
): Promise<CachedImage> {
  const layout = await readUsableLayout(file)
  if (layout === null) return unpackImage(context, file)
  return withCacheEntry(context, `packed-${file.sha256}`, file.source, async (locked) => {
    const { cache } = locked
    const stored = await findStoredImage(locked, file.sha256)
    if (owner === 'ours' && stored !== null && stored.packed !== null) return stored
    // A download without a published checksum must not stay in the cache if it is damaged.
    if (owner === 'ours' && !file.verified) await checkImageBlocks(locked, file)
    if ((await fileState(file.path)) !== file.state) throw new BuildError('FILE_CHANGED', { file: file.source })
    const kept = {
      sha256: file.sha256,
      raw: stored?.raw ?? null,
      byteLength: layout.byteLength,
      hasPublishedBlocks: true,
    }
    if (owner === 'theirs') return { ...kept, packed: { path: file.path, state: file.state } }
    await publishImage(locked, join(cache.packed, file.sha256), PACKED_FILE, async (path) => {
      await renamePath(file.path, path)
      return { byteLength: layout.byteLength, hasPublishedBlocks: true, sha256: file.sha256, source: file.source }
    })
    const path = join(cache.packed, file.sha256, PACKED_FILE)
    return { ...kept, packed: { path, state: await fileState(path) } }
  })
}

/** Reads the layout of an .xz. Returns null if the file is no .xz, or if its blocks cannot be shared. */
async function readUsableLayout({ path, source }: PublishedFile): Promise<XzLayout | null> {
  const head = await readHead(path, IMAGE_HEAD_BYTES)
  if (detectImageFormat(head, source) !== 'xz') return null
  const layout = await withFileDevice(path, (device) => readXzLayout(device, source))
  return hasUsableBlocks(layout) ? layout : null
}
