import { chmod, lstat, mkdtemp, rmdir, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { BuildError } from '../errors.ts'
import { makeFolder } from './make-folder.ts'
import { outputError } from './output-error.ts'
import { OWNER_ONLY_FOLDER } from './owner-only.ts'

/**
 * Creates a folder that only its owner may enter. If it exists, takes the rights of others away. Throws
 * `OUTPUT_FOLDER_FOREIGN` if it belongs to someone else, who could replace the files in it, `OUTPUT_FOLDER_OPEN` if the
 * file system keeps no rights, and `OUTPUT_NOT_WRITABLE`. `setMode` is for tests of such file systems.
 */
export async function makePrivateFolder(path: string, setMode = chmod): Promise<void> {
  try {
    await makeFolder(path, OWNER_ONLY_FOLDER)
    // Windows has no permission bits, and no numbers of owners.
    if (platform() !== 'win32') await requirePrivate(path, setMode)
  } catch (error) {
    throw outputError(error, path)
  }
}

async function requirePrivate(path: string, setMode: typeof chmod): Promise<void> {
  const own = await ownerOfNewFolder(path)
  // A link counts twice: the owner of the link chooses the folder that it leads to.
  for (const { uid } of [await lstat(path), await stat(path)])
    if (uid !== own) throw new BuildError('OUTPUT_FOLDER_FOREIGN', { folder: path, owner: uid })
  if (!(await isOpen(path))) return
  // Some file systems refuse, others do nothing. The mode tells.
  await setMode(path, OWNER_ONLY_FOLDER).catch(() => undefined)
  if (await isOpen(path)) throw new BuildError('OUTPUT_FOLDER_OPEN', { folder: path, mode: await modeOf(path) })
}

/**
 * Returns the owner that the file system gives to what this process makes. On a network file system or in a container,
 * that may be another number than the user id of the process.
 */
async function ownerOfNewFolder(path: string): Promise<number> {
  const probe = await mkdtemp(join(path, '.owner-'))
  try {
    return (await stat(probe)).uid
  } finally {
    await rmdir(probe)
  }
}

async function isOpen(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o077) !== 0
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}
