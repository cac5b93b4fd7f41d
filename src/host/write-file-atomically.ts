import { dirname } from 'node:path'
import { writeAtomicFile } from './atomic-file.ts'
import { makeFolder } from './make-folder.ts'
import { outputError } from './output-error.ts'

/** Writes an output file as `writeAtomicFile` does, and makes its folder. Throws `OUTPUT_NOT_WRITABLE`, `OUTPUT_DISK_FULL`. */
export async function writeFileAtomically(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  try {
    await makeFolder(dirname(path))
    await writeAtomicFile(path, content, { mode })
  } catch (error) {
    throw outputError(error, path)
  }
}
