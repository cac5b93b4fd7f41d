import { readFile, rm, stat, writeFile } from 'node:fs/promises'

/** What tells whether a server still has the file of which we hold the beginning. */
export interface Validators {
  readonly etag: string | null
  readonly lastModified: string | null
}

/** The beginning of a file, kept so that a later download can go on. */
export interface PartialDownload extends Validators {
  readonly byteLength: number
  readonly totalBytes: number | null
}

/** Finds what an earlier attempt left; null where there is nothing to go on from. */
export async function loadPartialDownload(path: string): Promise<PartialDownload | null> {
  try {
    const { size } = await stat(path)
    const note = JSON.parse(await readFile(notePath(path), 'utf8')) as Omit<PartialDownload, 'byteLength'>
    return size === 0 ? null : { ...note, byteLength: size }
  } catch {
    // Nothing there, or a note that was cut off by a crash: either way the download starts at its beginning.
    return null
  }
}

/** Notes which file the bytes at `path` will be the beginning of. */
export async function notePartialDownload(path: string, note: Omit<PartialDownload, 'byteLength'>): Promise<void> {
  await writeFile(notePath(path), JSON.stringify(note))
}

export async function removePartialDownload(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(notePath(path), { force: true })
}

/** The value for `If-Range`, which takes no weak ETag; null where the server gave nothing to compare. RFC 9110 section 13.1.5. */
export function ifRangeValue({ etag, lastModified }: Validators): string | null {
  return etag !== null && !etag.startsWith('W/') ? etag : lastModified
}

function notePath(path: string): string {
  return `${path}.json`
}
