import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileDevice } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import { readPartitionTable } from '../partition/read-partition-table.ts'
import { decodeXz } from '../xz/decode-xz.ts'
import { type CachedImage, findCachedImage, IMAGE_FILE, writeImageNote } from './cached-image.ts'
import { decodeGzip } from './decode-gzip.ts'
import { fileState } from './file-state.ts'
import { detectImageFormat, hasBootSignature, IMAGE_HEAD_BYTES, type ImageFormat } from './image-format.ts'
import { type ObtainContext, withCacheEntry } from './obtain-context.ts'
import { publishEntry } from './publish-entry.ts'
import { readChunks } from './read-chunks.ts'
import { readHead } from './read-head.ts'
import { writeSparseFile } from './write-sparse-file.ts'

/** An image as published, at rest. A raw one is moved into the cache; others are left where they are. */
export interface PackedImage {
  readonly path: string
  readonly sha256: string
  /** `fileState` from before the SHA-256 was taken. */
  readonly state: string
  /** Path or URL for people. */
  readonly source: string
}

/** Makes the cache's raw image of a published file, once for all builds. */
export async function unpackImage(context: ObtainContext, packed: PackedImage): Promise<CachedImage> {
  return withCacheEntry(context, `image-${packed.sha256}`, packed.source, async (locked, cache) => {
    const cached = await findCachedImage(cache.images, packed.sha256)
    if (cached !== null) return cached
    const format = detectImageFormat(await readHead(packed.path, IMAGE_HEAD_BYTES), packed.source)
    await publishEntry(join(cache.images, packed.sha256), async (folder) => {
      const byteLength = await writeRawImage(locked, packed, format, join(folder, IMAGE_FILE))
      // An image that was cut where the server named no length would stay in the cache for ever.
      await withFileDevice(join(folder, IMAGE_FILE), (device) => readPartitionTable(device, packed.source))
      return [IMAGE_FILE, await writeImageNote(folder, { byteLength, source: packed.source })]
    })
    const image = await findCachedImage(cache.images, packed.sha256)
    if (image === null) throw new BuildError('BUG', { state: 'an image is not in the cache right after it was put there' })
    return image
  })
}

async function writeRawImage(context: ObtainContext, packed: PackedImage, format: ImageFormat, path: string): Promise<number> {
  if (format === 'raw') {
    await rename(packed.path, path)
    return (await stat(path)).size
  }
  const decoded = await decode(context, packed, format)
  const byteLength = await writeSparseFile(path, requireDiskImage(decoded, packed.source))
  if (await fileState(packed.path) !== packed.state) throw new BuildError('OS_FILE_CHANGED', { file: packed.source })
  return byteLength
}

async function decode(context: ObtainContext, packed: PackedImage, format: 'xz' | 'gzip'): Promise<AsyncIterable<Uint8Array>> {
  const { progress, transfer: { signal } } = context
  const totalBytes = (await stat(packed.path)).size
  const onRead = (completedBytes: number): void => {
    progress({ step: 'decompress', subject: packed.source, completedBytes, totalBytes })
  }
  const options = { file: packed.source, signal, onRead }
  return format === 'gzip' ? decodeGzip(packed.path, options) : decodeXz(readChunks(packed.path, options), options)
}

/** Lets an image through and stops what is packed and yet no disk image, before it fills the cache. */
async function* requireDiskImage(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array, void, undefined> {
  let head = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (head.byteLength < IMAGE_HEAD_BYTES) {
      head = Buffer.concat([head, chunk]).subarray(0, IMAGE_HEAD_BYTES)
      if (head.byteLength === IMAGE_HEAD_BYTES && !hasBootSignature(head)) throw new BuildError('PARTITION_TABLE_MISSING', { file })
    }
    yield chunk
  }
  if (head.byteLength < IMAGE_HEAD_BYTES) throw new BuildError('PARTITION_TABLE_MISSING', { file })
}
