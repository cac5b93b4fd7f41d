import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheFolders } from '../../cache/cache-folders.ts'

/** An image at rest on this machine, raw or packed or both. */
export interface StoredImage {
  /** Of the file as published, which names its entries in the cache; null for a raw file of the user's, not hashed yet. */
  readonly sha256: string | null
  /** Raw image file; null where it was not unpacked yet. */
  readonly raw: string | null
  /** .xz file with many blocks; null where there is none yet. */
  readonly packed: string | null
  /** Of the image that is flashed. */
  readonly byteLength: number
  /** Whether the published file is an .xz whose blocks images can share: then fetching it beats packing what was unpacked of it. */
  readonly hasPublishedBlocks: boolean
  /** `fileState` of a user's file from before it was hashed; null where the files are the cache's own. */
  readonly state: string | null
}

/** A stored image that the cache can name. */
export type CachedImage = StoredImage & { readonly sha256: string }

export const RAW_FILE = 'base.img'
export const PACKED_FILE = 'base.img.xz'
const NOTE_FILE = 'image.json'

interface ImageNote {
  readonly byteLength: number
  /** Of the file; the image's own length for a raw one. */
  readonly fileByteLength: number
  /** See `StoredImage`; false unless given. */
  readonly hasPublishedBlocks?: boolean
}

/** Finds what the cache holds of a published file; null where that is nothing, or not as it was noted. */
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
    // No entry, or a damaged one, which the next build replaces.
    return null
  }
}

/** Writes what `findStoredImage` compares, and where the image came from for people who look into the cache. Gives the name. */
export async function writeImageNote(folder: string, note: ImageNote & { readonly source: string }): Promise<string> {
  await writeFile(join(folder, NOTE_FILE), `${JSON.stringify(note, null, 2)}\n`)
  return NOTE_FILE
}
