import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { dirname, resolve } from 'node:path'
import { BuildError } from '../errors.ts'
import { removePartials, writeAtomicFile } from './atomic-file.ts'
import { OWNER_ONLY } from './owner-only.ts'
import { systemReason } from './system-reason.ts'

const ROOT = 0

/**
 * Follows links to the real path of a file, so that replacing the file keeps the links. Returns the given path if
 * nothing is there. Throws `SECRETS_LINK_BROKEN` if a link leads nowhere: the secrets may exist, but cannot be reached.
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

/**
 * Reads a file that only its owner can read, and whose owner may be trusted. Returns null if there is none. Throws
 * `SECRETS_MODE`, `SECRETS_OWNER`, `SECRETS_LINK_BROKEN`, `SECRETS_INVALID`.
 */
export async function readPrivateText(file: string): Promise<string | null> {
  try {
    const handle = await open(file, 'r')
    try {
      // Windows has no permission bits and shows every file as readable by all.
      if (platform() !== 'win32') await requirePrivate(handle, file)
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof BuildError) throw cause
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return requireNothing(file)
    throw new BuildError('SECRETS_INVALID', { file, reason: systemReason(cause) }, { cause })
  }
}

async function requirePrivate(handle: FileHandle, file: string): Promise<void> {
  const { mode, uid } = await handle.stat()
  if ((mode & 0o077) !== 0) throw new BuildError('SECRETS_MODE', { file, mode: (mode & 0o777).toString(8) })
  // eslint-disable-next-line no-restricted-globals -- os.userInfo() throws for a user without a passwd entry.
  const user = process.geteuid?.() ?? uid
  if (!(await isTrustedOwner(uid, user, file))) throw new BuildError('SECRETS_OWNER', { file, owner: uid, user })
}

/**
 * Says whether the secrets of this owner may be used, as ssh does for its configuration: those of the user and of root.
 * Root may read every file, also one that a link leads to, so the mode protects nothing there. It uses the file of
 * another user only in a folder of that user, as under sudo or in a container with a mounted project: the owner of the
 * folder could replace cluster.yaml as well.
 */
async function isTrustedOwner(owner: number, user: number, file: string): Promise<boolean> {
  if (owner === user || owner === ROOT) return true
  return user === ROOT && (await stat(dirname(file))).uid === owner
}

async function requireNothing(file: string): Promise<null> {
  await findRealFile(file)
  return null
}

/**
 * Replaces a file atomically with text that only its owner can read. `requireLock` may throw at the last moment, and
 * the old file then stays. Throws `SECRETS_UNWRITABLE`.
 */
export async function replacePrivateText(file: string, text: string, requireLock: () => Promise<void>): Promise<void> {
  await writable(file, () => writeAtomicFile(file, text, { mode: OWNER_ONLY, beforeRename: requireLock }))
}

/**
 * Removes the partial files of killed writers, because they hold secrets. The caller holds the file's lock. Throws
 * `SECRETS_UNWRITABLE`.
 */
export async function removeLeftOvers(file: string): Promise<void> {
  await writable(file, () => removePartials(file))
}

async function writable(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    if (cause instanceof BuildError) throw cause
    throw new BuildError('SECRETS_UNWRITABLE', { file, reason: systemReason(cause) }, { cause })
  }
}
