import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheFolders } from '../../cache/cache-folders.ts'

/** An image on this machine's disk, raw or packed or both. */
export interface StoredImage {
  /**
   * SHA-256 of the file as published. It names the image's entries in the cache. Null: a user's raw file that is not
   * hashed yet.
   */
  readonly sha256: string | null
  /** Path of the raw image file. Null: not unpacked yet. */
  readonly raw: string | null
  /** Path of the .xz file with many blocks. Null: there is none yet. */
  readonly packed: string | null
  /** Length of the unpacked image, as it is flashed. */
  readonly byteLength: number
  /**
   * True if the published file is an .xz whose blocks images can share. Fetching that file is then faster than packing
   * the unpacked image.
   */
  readonly hasPublishedBlocks: boolean
  /** `fileState` of a user's file, taken before it was hashed. Null: the files belong to the cache. */
  readonly state: string | null
}

/** A stored image that the cache can name. */
export type CachedImage = StoredImage & { readonly sha256: string }

/** File names in the cache's folder of an image. */
export const RAW_FILE = 'base.img'
export const PACKED_FILE = 'base.img.xz'
const NOTE_FILE = 'image.json'

interface ImageNote {
  readonly byteLength: number
  /** Length of the file. For a raw file it is the length of the image. */
  readonly fileByteLength: number
  /** See `StoredImage`. Default: false. */
  readonly hasPublishedBlocks?: boolean
}

/** Finds the cached images of a published file. Returns null if there are none, or if they differ from their notes. */
export async function findStoredImage(cache: CacheFolders, sha256: string): Promise<CachedImage | null> {
  const raw = await findEntry(join(cache.images, sha256), RAW_FILE)
  const packed = await findEntry(join(cache.packed, sha256), PACKED_FILE)
  const byteLength = raw?.byteLength ?? packed?.byteLength
  const hasPublishedBlocks = [raw, packed].some((entry) => entry?.hasPublishedBlocks === true)
  if (byteLength === undefined) return null
  return { sha256, raw: raw?.path ?? null, packed: packed?.path ?? null, byteLength, hasPublishedBlocks, state: null }
}

interface CacheEntry {
  readonly path: string
  readonly byteLength: number
  readonly hasPublishedBlocks: boolean
}

async function findEntry(folder: string, fileName: string): Promise<CacheEntry | null> {
  const path = join(folder, fileName)
  try {
    const {
      byteLength,
      fileByteLength,
      hasPublishedBlocks = false,
    } = JSON.parse(await readFile(join(folder, NOTE_FILE), 'utf8')) as ImageNote
    const stats = await stat(path)
    return stats.isFile() && stats.size === fileByteLength ? { path, byteLength, hasPublishedBlocks } : null
  } catch {
    // There is no entry, or it is damaged. The next build replaces it.
    return null
  }
}

/**
 * Writes the note that `findStoredImage` compares. For people, it also holds the image's source. Returns the note's
 * file name.
 */
export async function writeImageNote(folder: string, note: ImageNote & { readonly source: string }): Promise<string> {
  await writeFile(join(folder, NOTE_FILE), `${JSON.stringify(note, null, 2)}\n`)
  return NOTE_FILE
}
