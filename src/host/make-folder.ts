import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it. Node's own `recursive` tries for ever where the
 * file system takes no folders, as below /proc; this ends with the system's error.
 */
export async function makeFolder(path: string): Promise<void> {
  if (await made(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  // Once more by `made`: another build may have been faster. What still fails then is the system's last word.
  if (!(await made(path))) await mkdir(path)
}

/** False where the folder above is missing. */
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
