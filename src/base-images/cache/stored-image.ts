import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheContext, HashedFile } from '../../cache/cache-context.ts'
import { publishEntry } from '../../cache/publish-entry.ts'
import { BuildError } from '../../errors.ts'
import { syncFile, writeAtomicFile } from '../../host/atomic-file.ts'
import { fileState } from '../../host/file-state.ts'
import { hashStoredFile } from '../../host/hash-stored-file.ts'
import { sha256File } from '../../host/sha256-file.ts'

/** A file of this machine, and its `fileState` when its content was checked. */
export interface CheckedFile {
  readonly path: string
  readonly state: string
}

/** An image on this machine's disk, raw or packed or both. */
export interface StoredImage {
  /**
   * SHA-256 of the file as published. It names the image's entries in the cache. Null: a user's raw file that is not
   * hashed yet.
   */
  readonly sha256: string | null
  /** The raw image file. Null: not unpacked yet. */
  readonly raw: CheckedFile | null
  /** The .xz file with many blocks. Null: there is none yet. */
  readonly packed: CheckedFile | null
  /** Length of the unpacked image, as it is flashed. */
  readonly byteLength: number
  /**
   * True if the published file is an .xz whose blocks images can share. Fetching that file is then faster than packing
   * the unpacked image.
   */
  readonly hasPublishedBlocks: boolean
}

/** A stored image that the cache can name. */
export type CachedImage = StoredImage & { readonly sha256: string }

/** File names in the cache's folder of an image. */
export const RAW_FILE = 'base.img'
export const PACKED_FILE = 'base.img.xz'
const NOTE_FILE = 'image.json'
/** Holds the `fileState` of the image's file when its SHA-256 was last computed. */
const CHECKED_FILE = 'checked'

/** What the cache knows about an image's file. For people, it also holds the image's source. */
interface ImageNote {
  readonly byteLength: number
  /** Length of the file. For a raw file it is the length of the image. */
  readonly fileByteLength: number
  /** Of the file. */
  readonly fileSha256: string
  /** See `StoredImage`. Default: false. */
  readonly hasPublishedBlocks?: boolean
  readonly source: string
}

/** Whether somebody published the file that names an entry, or bantam assembled the image itself. */
export type ImageOrigin = 'published' | 'assembled'

/**
 * Finds the cached files of a published file. A file is used only with the SHA-256 of its note. The SHA-256 is computed
 * again if the file's state has changed since, or if the context asks for it (`rehash`). With `recheck`, notes are not
 * believed: see `CacheOptions`. The context gets the paths of damaged files. Returns null if no file can be used.
 */
export async function findStoredImage(
  context: CacheContext,
  sha256: string,
  origin: ImageOrigin = 'published',
): Promise<CachedImage | null> {
  const { images, packed } = context.cache
  const rawEntry = await findEntry(context, { folder: join(images, sha256), fileName: RAW_FILE, sha256, origin })
  const packedEntry = await findEntry(context, { folder: join(packed, sha256), fileName: PACKED_FILE, sha256, origin })
  const byteLength = rawEntry?.note.byteLength ?? packedEntry?.note.byteLength
  if (byteLength === undefined) return null
  return {
    sha256,
    raw: rawEntry?.file ?? null,
    packed: packedEntry?.file ?? null,
    byteLength,
    hasPublishedBlocks: [rawEntry, packedEntry].some((entry) => entry?.note.hasPublishedBlocks === true),
  }
}

interface CacheEntry {
  readonly file: CheckedFile
  readonly note: ImageNote
}

interface EntryName {
  readonly folder: string
  readonly fileName: string
  /** Of the published file. */
  readonly sha256: string
  readonly origin: ImageOrigin
}

async function findEntry(context: CacheContext, name: EntryName): Promise<CacheEntry | null> {
  const { folder, fileName } = name
  const path = join(folder, fileName)
  const note = await readNote(folder)
  const stats = await stat(path).catch(() => null)
  // There is no entry, or it is of an earlier version, or its making was cut. The next build replaces it.
  if (note === null || stats === null) return null
  const state = await fileState(path)
  const remembered = await readCheckedState(folder)
  const isWhole = stats.isFile() && stats.size === note.fileByteLength
  const condition = !isWhole
    ? 'damaged'
    : remembered === state && !context.rehash
      ? 'sound'
      : judge(await hashOnce(context, path, state, note), note, name, context)
  if (condition === 'damaged' && !context.damagedFiles.has(path)) {
    context.damagedFiles.add(path)
    context.progress({ step: 'discard', subject: path, completedBytes: 0, totalBytes: null })
  }
  if (condition !== 'sound') return null
  if (remembered !== state) await rememberState(folder, state)
  return { file: { path, state }, note }
}

/** `unproven`: the file is as its note says, and only the note says that it was made of the published file. */
function judge(
  file: HashedFile,
  note: ImageNote,
  { fileName, sha256, origin }: EntryName,
  { recheck }: CacheContext,
): 'sound' | 'unproven' | 'damaged' {
  if (file.sha256 !== expectedSha256(note, fileName, sha256)) return 'damaged'
  const isProven = file.sha256 === sha256 || file.isMade || origin === 'assembled'
  return isProven || !recheck ? 'sound' : 'unproven'
}

async function readNote(folder: string): Promise<ImageNote | null> {
  try {
    const note = JSON.parse(await readFile(join(folder, NOTE_FILE), 'utf8')) as Partial<ImageNote>
    // Earlier versions wrote no SHA-256.
    return note.fileSha256 === undefined ? null : (note as ImageNote)
  } catch {
    return null
  }
}

/** Reads the state in which an earlier build compared the SHA-256 of a folder's file. */
async function readCheckedState(folder: string): Promise<string | null> {
  return readFile(join(folder, CHECKED_FILE), 'utf8').catch(() => null)
}

/** An .xz that is in the cache as it was published has the SHA-256 that names its folder. */
function expectedSha256(
  { hasPublishedBlocks = false, fileSha256 }: ImageNote,
  fileName: string,
  sha256: string,
): string {
  return fileName === PACKED_FILE && hasPublishedBlocks ? sha256 : fileSha256
}

async function hashOnce(
  { progress, checkedFiles, transfer: { signal } }: CacheContext,
  path: string,
  state: string,
  { fileByteLength, source }: ImageNote,
): Promise<HashedFile> {
  const known = checkedFiles.get(path)
  if (known?.state === state) return known
  const sha256 = await sha256File(path, {
    signal,
    onProgress: (completedBytes) => {
      progress({ step: 'hash', subject: source, completedBytes, totalBytes: fileByteLength })
    },
  })
  const hashed = { state, sha256, isMade: false }
  checkedFiles.set(path, hashed)
  return hashed
}

/**
 * Takes a file that an earlier build made as one that this build made: the caller has compared it with what it was made
 * of. It must have been checked by `findStoredImage` before.
 */
export function acceptMade({ checkedFiles }: CacheContext, path: string): void {
  const known = checkedFiles.get(path)
  if (known !== undefined) checkedFiles.set(path, { ...known, isMade: true })
}

async function rememberState(folder: string, state: string): Promise<void> {
  // Without the note, the next build computes the SHA-256 again. So it does with a part of the note, which is no state:
  // nothing has to be renamed, and builds that write the same note at the same time leave no partial files.
  await writeFile(join(folder, CHECKED_FILE), state, { mode: 0o644 }).catch(() => undefined)
}

/** An image's file that `publishImage` puts into the cache. */
export interface NewImage extends Pick<ImageNote, 'byteLength' | 'hasPublishedBlocks' | 'source'> {
  /** Null: unknown. Else the file must have it. */
  readonly sha256: string | null
}

/**
 * Publishes an image's file in the cache. `fill` writes it to the given path. It is flushed and read back before it
 * gets its name. An earlier file with the same bytes stays, and only its note is written again: images that were made
 * of it are named after its state. The caller holds the entry's lock. Throws `CACHE_VERIFY_FAILED`, and what `fill`
 * throws.
 */
export async function publishImage(
  context: CacheContext,
  folder: string,
  fileName: typeof RAW_FILE | typeof PACKED_FILE,
  fill: (path: string, folder: string) => Promise<NewImage>,
): Promise<void> {
  const path = join(folder, fileName)
  let fileSha256 = ''
  await publishEntry(
    folder,
    async (partial) => {
      const partialPath = join(partial, fileName)
      const { sha256, ...note } = await fill(partialPath, partial)
      fileSha256 = await requireStored(partialPath, sha256, context)
      const { size: fileByteLength } = await stat(partialPath)
      const text = `${JSON.stringify({ ...note, fileByteLength, fileSha256 } satisfies ImageNote, null, 2)}\n`
      if (await isSameFile(context, path, fileSha256)) {
        await writeAtomicFile(join(folder, NOTE_FILE), text, { mode: 0o444, beforeRename: context.requireHeld })
        return null
      }
      await writeFile(join(partial, NOTE_FILE), text)
      return [fileName, NOTE_FILE]
    },
    context.requireHeld,
  )
  const state = await fileState(path)
  // Without `recheck`, it may have been made of a file whose SHA-256 is only in a note.
  context.checkedFiles.set(path, { state, sha256: fileSha256, isMade: context.recheck })
  await rememberState(folder, state)
}

/** Tells whether a file of the cache that this build has hashed is unchanged, and has a SHA-256. */
async function isSameFile({ checkedFiles }: CacheContext, path: string, sha256: string): Promise<boolean> {
  const known = checkedFiles.get(path)
  return known?.sha256 === sha256 && known.state === (await fileState(path).catch(() => null))
}

/** Flushes a new file, and compares what the disk stored with what was written. Returns its SHA-256. */
async function requireStored(
  file: string,
  known: string | null,
  { transfer: { signal } }: CacheContext,
): Promise<string> {
  // Before the flush, the kernel gives back what was written.
  const expected = known ?? (await sha256File(file, { signal }))
  await syncFile(file)
  const { sha256: actual } = await hashStoredFile(file, { signal })
  if (actual !== expected) throw new BuildError('CACHE_VERIFY_FAILED', { file, expected, actual })
  return actual
}
