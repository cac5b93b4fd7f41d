/**
 * Downloads that are not complete. A download that was stopped is resumed by the next one of the same file, but two
 * processes never write to the same file: each writes to a file with a unique name, which it claims.
 */
import { constants } from 'node:fs'
import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { listPartials, partialPathOf } from '../host/atomic-file.ts'
import { describeThisProcess, isDead, type LockHolder, toLockHolder } from '../host/lock-holder.ts'
import { renamePath } from '../host/rename-path.ts'

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

/** What a download's note says. */
interface DownloadNote extends Omit<PartialDownload, 'byteLength'> {
  /** The process that writes, or wrote, the file. Null: unknown. */
  readonly holder: LockHolder | null
}

/**
 * Gives the caller a partial file of `path` that no other process writes. It begins with the longest earlier download.
 * Removes all others. The caller holds the lock of `path`, but a process that lost the lock may be stopped, and go on
 * later: only the file of a process that is certainly dead is taken as it is, any other one is copied.
 */
export async function claimPartialDownload(path: string): Promise<string> {
  const claimed = partialPathOf(path)
  const longest = await findLongest(path)
  if (longest !== null) {
    const { holder, ...note } = longest.note
    await notePartialDownload(claimed, note)
    if (holder !== null && (await isDead(holder))) await renamePath(longest.file, claimed)
    else await copyFile(longest.file, claimed, constants.COPYFILE_FICLONE)
  }
  await removeDownloads(path, [claimed, notePath(claimed)])
  return claimed
}

/** Removes all partial downloads of `path` and their notes, except files of these names. The caller holds the lock of `path`. */
export async function removeDownloads(path: string, kept: readonly string[] = []): Promise<void> {
  const folder = dirname(path)
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    if (name.startsWith(`${basename(path)}.`) && !kept.includes(file)) await rm(file, { force: true })
  }
}

async function findLongest(path: string): Promise<{ readonly file: string; readonly note: DownloadNote } | null> {
  let longest: { readonly file: string; readonly note: DownloadNote; readonly byteLength: number } | null = null
  for (const file of await listPartials(path)) {
    const download = await load(file)
    if (download !== null && download.byteLength > (longest?.byteLength ?? 0)) longest = { file, ...download }
  }
  return longest
}

/** Finds the partial download of an earlier attempt. Returns null if there is nothing to resume. */
export async function loadPartialDownload(path: string): Promise<PartialDownload | null> {
  const found = await load(path)
  if (found === null) return null
  const { etag, lastModified, totalBytes } = found.note
  return { etag, lastModified, totalBytes, byteLength: found.byteLength }
}

async function load(path: string): Promise<{ readonly note: DownloadNote; readonly byteLength: number } | null> {
  try {
    const { size: byteLength } = await stat(path)
    const note = JSON.parse(await readFile(notePath(path), 'utf8')) as DownloadNote
    // Earlier versions wrote no holder.
    return byteLength === 0 ? null : { note: { ...note, holder: toLockHolder(note.holder) }, byteLength }
  } catch {
    // There is no file, or a crash cut off its note. In both cases the download starts from the beginning.
    return null
  }
}

/** Writes the note next to `path`: which file the bytes will belong to, and who writes them. */
export async function notePartialDownload(path: string, note: Omit<PartialDownload, 'byteLength'>): Promise<void> {
  const { etag, lastModified, totalBytes } = note
  const complete: DownloadNote = { etag, lastModified, totalBytes, holder: await describeThisProcess() }
  await writeFile(notePath(path), JSON.stringify(complete))
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
