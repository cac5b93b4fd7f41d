import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFile, syncFolder } from '../host/atomic-file.ts'

/**
 * Makes a folder of the cache that appears at once and whole, or not at all, as `host/atomic-file.ts` does for a file. `fill` writes the files into the folder that it
 * is given and names them; they become read-only. The caller holds the entry's lock: a damaged entry of this name is replaced,
 * and what builds that were killed left behind is removed.
 */
export async function publishEntry(path: string, fill: (folder: string) => Promise<readonly string[]>): Promise<void> {
  const parent = dirname(path)
  const prefix = `${basename(path)}.partial-`
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true })
  }
  // A name of its own: should a build that lost its lock wake up, it cannot publish what another one is writing.
  const folder = await mkdtemp(join(parent, prefix))
  try {
    for (const name of await fill(folder)) {
      await syncFile(join(folder, name))
      await chmod(join(folder, name), 0o444)
    }
    await syncFolder(folder)
    await rm(path, { recursive: true, force: true })
    await rename(folder, path)
    await syncFolder(parent)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
