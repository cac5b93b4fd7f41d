import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Creates a folder and its missing parents. Node's `recursive` option never ends if the file system accepts no folders,
 * as below /proc. This function throws the system's error.
 */
export async function makeFolder(path: string): Promise<void> {
  if (await made(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  // Tries again after `made`, because another build may have created the parent. An error now is final.
  if (!(await made(path))) await mkdir(path)
}

/** Creates one folder. Returns false if its parent is missing. */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST') return true
    if (code === 'ENOENT') return false
    throw error
  }
}
