import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from './make-folder.ts'
import { outputError } from './output-error.ts'

/** Writes a file that appears under its name complete or not at all; its folder is made. */
export async function writeFileAtomically(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  // A name of its own: another build may be writing the same file.
  const partial = `${path}.${randomUUID()}.partial`
  try {
    await makeFolder(dirname(path))
    const file = await open(partial, 'wx', mode)
    try {
      await file.writeFile(content)
      // The creation mode is cut by the process's umask.
      await file.chmod(mode)
    } finally {
      await file.close()
    }
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw outputError(error, path)
  }
}
