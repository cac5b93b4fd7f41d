import { readFile, rm, stat, writeFile } from 'node:fs/promises'

/** HTTP validators. They tell whether the server's file is still the one that we downloaded. */
export interface Validators {
  readonly etag: string | null
  readonly lastModified: string | null
}

/** The beginning of a file, kept so that a later download can resume. */
export interface PartialDownload extends Validators {
  readonly byteLength: number
  readonly totalBytes: number | null
}

/** Finds the partial download of an earlier attempt. Returns null if there is nothing to resume. */
export async function loadPartialDownload(path: string): Promise<PartialDownload | null> {
  try {
    const { size } = await stat(path)
    const note = JSON.parse(await readFile(notePath(path), 'utf8')) as Omit<PartialDownload, 'byteLength'>
    return size === 0 ? null : { ...note, byteLength: size }
  } catch {
    // There is no file, or a crash cut off its note. In both cases the download starts from the beginning.
    return null
  }
}

/** Writes the note next to `path`: which file the bytes will belong to. */
export async function notePartialDownload(path: string, note: Omit<PartialDownload, 'byteLength'>): Promise<void> {
  await writeFile(notePath(path), JSON.stringify(note))
}

/** Removes a partial download and its note. */
export async function removePartialDownload(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(notePath(path), { force: true })
}

/**
 * Returns the value for `If-Range`. A weak ETag is not allowed there. Null: the server sent no validator. RFC 9110,
 * section 13.1.5.
 */
export function ifRangeValue({ etag, lastModified }: Validators): string | null {
  return etag !== null && !etag.startsWith('W/') ? etag : lastModified
}

function notePath(path: string): string {
  return `${path}.json`
}
