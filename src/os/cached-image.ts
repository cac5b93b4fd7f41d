import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** An unpacked image in the cache. */
export interface CachedImage {
  /** Of the file as published, which names the entry. */
  readonly sha256: string
  readonly path: string
  readonly byteLength: number
}

export const IMAGE_FILE = 'base.img'
const NOTE_FILE = 'image.json'

interface ImageNote {
  readonly byteLength: number
}

/** Finds the unpacked image of a published file; null where there is none, or one whose length is not as noted. */
export async function findCachedImage(imagesFolder: string, sha256: string): Promise<CachedImage | null> {
  const folder = join(imagesFolder, sha256)
  const path = join(folder, IMAGE_FILE)
  try {
    const note = JSON.parse(await readFile(join(folder, NOTE_FILE), 'utf8')) as ImageNote
    const stats = await stat(path)
    return stats.isFile() && stats.size === note.byteLength ? { sha256, path, byteLength: stats.size } : null
  } catch {
    // No entry, or a damaged one, which the next build replaces.
    return null
  }
}

/** Writes what `findCachedImage` compares, and where the image came from for people who look into the cache. Gives the name. */
export async function writeImageNote(folder: string, note: ImageNote & { readonly source: string }): Promise<string> {
  await writeFile(join(folder, NOTE_FILE), `${JSON.stringify(note, null, 2)}\n`)
  return NOTE_FILE
}
