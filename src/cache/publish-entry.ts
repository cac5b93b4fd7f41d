import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFile, syncFolder } from '../host/atomic-file.ts'
import { renamePath } from '../host/rename-path.ts'

/**
 * Publishes a folder of the cache: it appears complete, or not at all, as `host/atomic-file.ts` does for a file. `fill`
 * writes files into the given folder and returns their names. These files become read-only. If it returns null, the
 * earlier entry stays. The caller holds the
 * entry's lock, so a damaged entry of this name is replaced, and the leftovers of killed builds are removed.
 * `requireHeld` is asked just before that: it throws if the lock is lost.
 */
export async function publishEntry(
  path: string,
  fill: (folder: string) => Promise<readonly string[] | null>,
  requireHeld: () => Promise<void>,
): Promise<void> {
  const parent = dirname(path)
  const prefix = `${basename(path)}.partial-`
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true })
  }
  // The name is unique. If a build that lost its lock wakes up, it cannot publish a folder that another build is
  // writing.
  const folder = await mkdtemp(join(parent, prefix))
  try {
    const names = await fill(folder)
    if (names === null) {
      await rm(folder, { recursive: true, force: true })
      return
    }
    for (const name of names) {
      await syncFile(join(folder, name))
      await chmod(join(folder, name), 0o444)
    }
    await syncFolder(folder)
    await requireHeld()
    await rm(path, { recursive: true, force: true })
    await renamePath(folder, path)
    await syncFolder(parent)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
