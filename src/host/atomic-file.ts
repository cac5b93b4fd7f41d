/**
 * How a finished file gets its name, and the only place that flushes to the disk. The policy: a final name always leads to a whole
 * file, also after a power cut. So the bytes go to a partial file beside it, which has its final mode before it has its first byte;
 * they are flushed; the partial file is renamed; the folder, which holds the name, is flushed. Whatever writes a partial file need not
 * flush it: what is flushed is the file, whichever descriptor wrote to it.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface ReplaceOptions {
  /** Called last before the file gets its name. What it throws leaves the earlier file in place, such as where a lock was lost. */
  readonly beforeRename?: () => Promise<void>
}

export interface AtomicFileOptions extends ReplaceOptions {
  /** Permission bits, whatever the process's umask says. */
  readonly mode: number
}

/** Writes a file that appears under its name whole, or not at all. Throws what the system says. */
export async function writeAtomicFile(
  path: string,
  content: Uint8Array | string,
  { mode, beforeRename }: AtomicFileOptions,
): Promise<void> {
  // A name that nobody else uses: another build may be writing the same file.
  const partial = `${path}.${randomUUID()}.partial`
  try {
    await writeNewFile(partial, content, mode)
    await replaceFile(partial, path, beforeRename === undefined ? {} : { beforeRename })
  } catch (error) {
    // Why it failed says more than why it cannot be removed.
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Gives a file that was written under another name its final one, in the same folder. Where it fails, the caller removes the partial file. */
export async function replaceFile(partial: string, path: string, { beforeRename }: ReplaceOptions = {}): Promise<void> {
  await syncFile(partial)
  // From here on, the disk holds the bytes: what is to be read back from it is read here.
  await beforeRename?.()
  await rename(partial, path)
  await syncFolder(dirname(path))
}

/** As `replaceFile`, for code that must not give the thread away in between. */
export function replaceFileSync(partial: string, path: string): void {
  syncNow(partial, 'r+')
  renameSync(partial, path)
  try {
    syncNow(dirname(path), 'r')
  } catch (error) {
    requireKnownLimit(error)
  }
}

/**
 * Removes what writers of a file that were killed left behind. Only for who knows that nobody writes it now: a partial file of a
 * writer at work would go, too. Throws what the system says.
 */
export async function removePartials(path: string): Promise<void> {
  const folder = dirname(path)
  const start = `${basename(path)}.`
  for (const name of await readdir(folder)) {
    if (name.startsWith(start) && name.endsWith('.partial')) await rm(join(folder, name), { force: true })
  }
}

/** Flushes a file's bytes to the disk: without this, a power cut after the rename could leave a file of the right length that holds zeros. */
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

/** Some systems open no folder, and some file systems flush none. There, the names are as safe as they can be. */
const LIMITS: readonly unknown[] = ['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']

function requireKnownLimit(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && LIMITS.includes(error.code))) throw error
}

async function writeNewFile(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    // The umask cut the mode at the creation. It is final before the first byte is there to be read.
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
