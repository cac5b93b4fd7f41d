import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from './atomic-file.ts'

/** Without this mode, a umask of 000 would let everybody write into the folder. */
const OWNER_WRITES = 0o755

/**
 * Creates a folder and its missing parents, in which nobody but the owner writes. A folder that exists keeps its mode.
 * `mode` is that of the folder itself; a umask may take more rights away. The name of each new folder is flushed:
 * without it, a power cut could take the folder with all finished files in it. Node's `recursive` option never ends if
 * the file system accepts no folders, as below /proc. This function throws the system's error.
 */
export async function makeFolder(path: string, mode = OWNER_WRITES): Promise<void> {
  if (await made(path, mode)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  // Tries again after `made`, because another build may have created the parent. An error now is final.
  if (!(await made(path, mode))) await createFolder(path, mode)
}

/** Creates one folder. Returns false if its parent is missing. */
async function made(path: string, mode: number): Promise<boolean> {
  try {
    await createFolder(path, mode)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST') return true
    if (code === 'ENOENT') return false
    throw error
  }
}

async function createFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, mode)
  await syncFolder(dirname(path))
}
