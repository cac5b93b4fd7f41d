/**
 * Gives a finished file its final name. This is the only module that flushes to the disk. The policy: a final name
 * always leads to a complete file, even after a power cut. So the bytes go to a partial file next to it, which gets its
 * final mode before its first byte. Then the bytes are flushed, the partial file is renamed, and the folder, which
 * holds the name, is flushed. Writers of a partial file need not flush it: a flush covers the whole file, whichever
 * descriptor wrote to it.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { cp, lstat, open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { nullIfMissing } from './null-if-missing.ts'
import { renamePath, renamePathSync } from './rename-path.ts'

export interface ReplaceOptions {
  /**
   * Called when the file is flushed, just before it gets its name. If it throws, for example because a lock was lost,
   * the earlier file stays.
   */
  readonly beforeRename?: () => Promise<void>
  /** False: nothing is flushed, for results that a power cut may take. Default: true. */
  readonly flush?: boolean
}

export interface AtomicFileOptions extends ReplaceOptions {
  /** Permission bits. The process's umask does not change them. */
  readonly mode: number
}

/** Writes a file that appears under its name complete, or not at all. Throws the system's error. */
export async function writeAtomicFile(
  path: string,
  content: Uint8Array | string,
  { mode, ...options }: AtomicFileOptions,
): Promise<void> {
  const partial = partialPathOf(path)
  try {
    await writeNewFile(partial, content, mode)
    await replaceFile(partial, path, options)
  } catch (error) {
    // The first error says more than an error of the removal.
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Returns a name for a file's partial file that no other writer has: another build may be writing the same file. */
export function partialPathOf(path: string): string {
  return `${path}.${randomUUID()}.partial`
}

/**
 * Renames a finished partial file to its final name in the same folder. If it fails, the caller removes the partial
 * file. Throws the system's error.
 */
export async function replaceFile(
  partial: string,
  path: string,
  { beforeRename, flush = true }: ReplaceOptions = {},
): Promise<void> {
  if (flush) await syncFile(partial)
  await beforeRename?.()
  await renamePath(partial, path)
  if (flush) await syncFolder(dirname(path))
}

/** Same as `replaceFile`, for code that must not yield the thread in between. Throws the system's error. */
export function replaceFileSync(partial: string, path: string): void {
  syncNow(partial, 'r+')
  renamePathSync(partial, path)
  try {
    syncNow(dirname(path), 'r')
  } catch (error) {
    requireKnownLimit(error)
  }
}

/**
 * Adds text to the end of a file of the user, or creates it with a mode. The file is not replaced, so that its owner,
 * its mode, its links and what others add to it meanwhile stay. Throws the system's error.
 */
export async function appendToFile(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'a', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
}

/**
 * Moves a file or a folder to a name that is free, also to another file system. There, a copy appears under its name
 * complete before the original goes; `partial` is its name until then. Throws the system's error.
 */
export async function movePath(from: string, to: string, partial: string): Promise<void> {
  try {
    await renamePath(from, to)
  } catch (error) {
    if (!hasSystemCode(error, ['EXDEV'])) throw error
    await cp(from, partial, { recursive: true, preserveTimestamps: true, errorOnExist: true, force: false })
    await syncTree(partial)
    await renamePath(partial, to)
    await syncFolder(dirname(to))
    await rm(from, { recursive: true })
    await syncFolder(dirname(from))
    return
  }
  for (const folder of [dirname(to), dirname(from)]) await syncFolder(folder)
}

/** Flushes a file, or a folder with all that is in it. */
async function syncTree(path: string): Promise<void> {
  const stats = await lstat(path)
  if (stats.isFile()) await syncFile(path)
  if (!stats.isDirectory()) return
  for (const name of await readdir(path)) await syncTree(join(path, name))
  await syncFolder(path)
}

/** How the name of a partial file ends: with a UUID, which earlier versions left out. */
const PARTIAL_SUFFIX = /\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.)?partial$/
const UNIQUE_SUFFIX = /\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.partial$/

/**
 * Removes the partial files that killed writers of a file left, and no other file with a similar name. Call it only
 * while nobody writes the file: it also removes the partial file of a running writer. Throws the system's error.
 */
export async function removePartials(path: string): Promise<void> {
  for (const partial of await listPartials(path)) await rm(partial, { force: true })
}

/** Lists the partial files of a file, also those of running writers. Throws the system's error. */
export async function listPartials(path: string): Promise<readonly string[]> {
  const folder = dirname(path)
  const base = basename(path)
  const names = await readdir(folder)
  return names
    .filter((name) => name !== base && name.replace(PARTIAL_SUFFIX, '') === base)
    .map((name) => join(folder, name))
}

/**
 * Removes the partial files of all files in a folder that bantam alone writes to. Call it only while nobody else writes
 * there. Does nothing if the folder is missing. Throws the system's error.
 */
export async function removeAllPartials(folder: string): Promise<void> {
  for (const name of (await nullIfMissing(readdir(folder))) ?? [])
    // Only a name with a UUID can be that of a folder that `movePath` was copying.
    if (PARTIAL_SUFFIX.test(name)) await rm(join(folder, name), { recursive: UNIQUE_SUFFIX.test(name), force: true })
}

/**
 * Same as `removeAllPartials`, for a folder with folders below it, whose files may have any name: only a name with a
 * UUID counts as that of a partial file.
 */
export async function removePartialsBelow(folder: string): Promise<void> {
  for (const entry of (await nullIfMissing(readdir(folder, { withFileTypes: true }))) ?? []) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await removePartialsBelow(path)
    else if (UNIQUE_SUFFIX.test(entry.name)) await rm(path, { force: true })
  }
}

/**
 * Flushes a file's bytes to the disk. Without it, a power cut after the rename could leave a file of the right length
 * that holds zeros.
 */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Flushes a folder's names to the disk, so that a rename outlasts a power cut. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    requireKnownLimit(error)
  }
}

/**
 * Error codes of systems that cannot open folders, and of file systems that cannot flush them. Names cannot be made
 * safer there.
 */
const LIMITS: readonly unknown[] = ['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']

function requireKnownLimit(error: unknown): void {
  if (!hasSystemCode(error, LIMITS)) throw error
}

function hasSystemCode(error: unknown, codes: readonly unknown[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code)
}

async function writeNewFile(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    // The umask reduced the mode at creation. Set the final mode before the file holds its first byte.
    await file.chmod(mode)
    await file.writeFile(content)
  } finally {
    await file.close()
  }
}

function syncNow(path: string, flags: 'r' | 'r+'): void {
  const fd = openSync(path, flags)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
