import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import { fileState } from '../../host/file-state.ts'
import { readChunks } from '../../host/read-chunks.ts'
import { readHead } from '../../host/read-head.ts'
import { renamePath } from '../../host/rename-path.ts'
import { writeSparseFile } from '../../host/write-sparse-file.ts'
import { readPartitionTable } from '../../partition/read-partition-table.ts'
import { decodeXz } from '../../xz/container/decode-xz.ts'
import { readXzLayout, type XzLayout } from '../../xz/container/xz-layout.ts'
import { type CachedImage, findStoredImage, publishImage, RAW_FILE } from '../cache/stored-image.ts'
import { decodeBlocks, requireBootSignature } from './decode-blocks.ts'
import { decodeGzip } from './decode-gzip.ts'
import { decodeWithXz } from './decode-with-xz.ts'
import { detectImageFormat, hasBootSignature, IMAGE_HEAD_BYTES, type ImageFormat } from './detect-format.ts'
import { hasUsableBlocks } from './has-usable-blocks.ts'

/** A published image on this machine's disk. */
export interface PublishedFile {
  readonly path: string
  readonly sha256: string
  /** `fileState`, taken before the file was hashed. */
  readonly state: string
  /** Path or URL, as people read it. */
  readonly source: string
  /** True if its SHA-256 matched a publisher's list or a pin. */
  readonly verified: boolean
}

/**
 * Unpacks a published file into the cache's raw image, once for all builds. A raw file is moved into the cache. Other
 * files stay where they are.
 */
export async function unpackImage(context: CacheContext, packed: PublishedFile): Promise<CachedImage> {
  return withCacheEntry(context, `image-${packed.sha256}`, packed.source, async (locked) => {
    const { cache } = locked
    const stored = await findStoredImage(locked, packed.sha256)
    if (stored !== null && stored.raw !== null) return stored
    const format = detectImageFormat(await readHead(packed.path, IMAGE_HEAD_BYTES), packed.source)
    await publishImage(locked, join(cache.images, packed.sha256), RAW_FILE, async (path) => {
      const layout =
        format === 'xz' ? await withFileDevice(packed.path, (device) => readXzLayout(device, packed.source)) : null
      const byteLength = await writeRawImage(locked, packed, format, layout, path)
      // If the server named no length, a cut image would otherwise stay in the cache for ever.
      await withFileDevice(path, (device) => readPartitionTable(device, packed.source))
      // This machine may have packed the cache's .xz. Its note records that.
      const hasPublishedBlocks =
        stored?.packed?.path === packed.path ? stored.hasPublishedBlocks : layout !== null && hasUsableBlocks(layout)
      // A raw file is in the cache as it was published.
      const sha256 = format === 'raw' ? packed.sha256 : null
      return { byteLength, hasPublishedBlocks, sha256, source: packed.source }
    })
    const image = await findStoredImage(locked, packed.sha256)
    if (image === null)
      throw new BuildError('BUG', { state: 'an image is not in the cache right after it was put there' })
    return image
  })
}

async function writeRawImage(
  context: CacheContext,
  packed: PublishedFile,
  format: ImageFormat,
  layout: XzLayout | null,
  path: string,
): Promise<number> {
  if (format === 'raw') {
    await renamePath(packed.path, path)
    return (await stat(path)).size
  }
  const unpacked =
    layout !== null && layout.blocks.length > 1
      ? decodeInParallel(context, packed, layout, path)
      : decode(context, packed, format).then((chunks) => writeSparseFile(path, requireDiskImage(chunks, packed.source)))
  // A file that is modified during decoding looks damaged. Report the change instead.
  const byteLength = await unpacked.catch(async (error: unknown) => {
    throw (await fileState(packed.path)) === packed.state
      ? error
      : new BuildError('FILE_CHANGED', { file: packed.source }, { cause: error })
  })
  if ((await fileState(packed.path)) !== packed.state) throw new BuildError('FILE_CHANGED', { file: packed.source })
  return byteLength
}

async function decodeInParallel(
  { workerCount, progress, transfer: { signal } }: CacheContext,
  { path, source }: PublishedFile,
  layout: XzLayout,
  target: string,
): Promise<number> {
  const onDecoded = (completedBytes: number): void => {
    progress({ step: 'decompress', subject: source, completedBytes, totalBytes: layout.byteLength })
  }
  onDecoded(0)
  if (await decodeWithXz(path, target, layout.byteLength, { workerCount, signal, onDecoded })) {
    await requireBootSignature(target, source)
    return layout.byteLength
  }
  return decodeBlocks(path, layout, target, { workerCount, file: source, signal, onDecoded })
}

async function decode(
  context: CacheContext,
  packed: PublishedFile,
  format: 'xz' | 'gzip',
): Promise<AsyncIterable<Uint8Array>> {
  const {
    progress,
    transfer: { signal },
  } = context
  const totalBytes = (await stat(packed.path)).size
  const onRead = (completedBytes: number): void => {
    progress({ step: 'decompress', subject: packed.source, completedBytes, totalBytes })
  }
  const options = { file: packed.source, signal, onRead }
  return format === 'gzip' ? decodeGzip(packed.path, options) : decodeXz(readChunks(packed.path, options), options)
}

/** Passes a disk image through. Throws if the unpacked data are no disk image, before they fill the cache. */
async function* requireDiskImage(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let head = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (head.byteLength < IMAGE_HEAD_BYTES) {
      head = Buffer.concat([head, chunk]).subarray(0, IMAGE_HEAD_BYTES)
      if (head.byteLength === IMAGE_HEAD_BYTES && !hasBootSignature(head))
        throw new BuildError('PARTITION_TABLE_MISSING', { file })
    }
    yield chunk
  }
  if (head.byteLength < IMAGE_HEAD_BYTES) throw new BuildError('PARTITION_TABLE_MISSING', { file })
}
