import { open, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname, resolve } from 'node:path'
import { BuildError } from '../errors.ts'
import { systemReason } from './system-reason.ts'

const OWNER_ONLY = 0o600

/**
 * Where a file really lies, so that what replaces it leaves a link to it in place; the path itself where there is nothing yet.
 * Throws `SECRETS_LINK_BROKEN` where a link leads nowhere: that is no sign that there are no secrets, only that they cannot be reached.
 */
export async function findRealFile(file: string): Promise<string> {
  try {
    return await realpath(file)
  } catch (cause) {
    const target = await readlink(file).catch(() => null)
    if (target !== null)
      throw new BuildError('SECRETS_LINK_BROKEN', { file, target: resolve(dirname(file), target) }, { cause })
    return file
  }
}

/** Reads a file that nobody but its owner can read; null where there is none. Throws `SECRETS_MODE`, `SECRETS_LINK_BROKEN`, `SECRETS_INVALID`. */
export async function readPrivateText(file: string): Promise<string | null> {
  try {
    const { mode } = await stat(file)
    // Windows keeps no permission bits; there every file shows as readable by all.
    if (platform() !== 'win32' && (mode & 0o077) !== 0)
      throw new BuildError('SECRETS_MODE', { file, mode: (mode & 0o777).toString(8) })
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof BuildError) throw cause
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return requireNothing(file)
    throw new BuildError('SECRETS_INVALID', { file, reason: systemReason(cause) }, { cause })
  }
}

async function requireNothing(file: string): Promise<null> {
  await findRealFile(file)
  return null
}

/**
 * Replaces a file by text that nobody but its owner can read, all at once. `requireLock` may refuse it in the last moment.
 * For one at a time: what an earlier writer that was killed left is replaced, too. Throws `SECRETS_UNWRITABLE`.
 */
export async function replacePrivateText(file: string, text: string, requireLock: () => Promise<void>): Promise<void> {
  const partial = partialOf(file)
  try {
    await removePartial(file)
    await writeNew(partial, text)
    await requireLock()
    await rename(partial, file)
  } catch (cause) {
    // Whoever has the lock now may be writing under the same name.
    if (cause instanceof BuildError) throw cause
    await rm(partial, { force: true }).catch(() => undefined)
    throw new BuildError('SECRETS_UNWRITABLE', { file, reason: systemReason(cause) }, { cause })
  }
  await syncFolder(dirname(file))
}

/** Removes what a writer that was killed left: it holds secrets. Throws `SECRETS_UNWRITABLE`. */
export async function removePartial(file: string): Promise<void> {
  try {
    await rm(partialOf(file), { force: true })
  } catch (cause) {
    throw new BuildError('SECRETS_UNWRITABLE', { file, reason: systemReason(cause) }, { cause })
  }
}

function partialOf(file: string): string {
  return `${file}.partial`
}

async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', OWNER_ONLY)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A rename outlasts a power cut once its folder is written. Some systems and file systems cannot be asked for that: there, it is as good as it gets. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
