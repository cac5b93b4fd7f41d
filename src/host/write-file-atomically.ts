import { dirname } from 'node:path'
import { type ReplaceOptions, writeAtomicFile } from './atomic-file.ts'
import { makeFolder } from './make-folder.ts'
import { outputError } from './output-error.ts'

/**
 * Writes an output file as `writeAtomicFile` does, and makes its folder. Throws `OUTPUT_NOT_WRITABLE`,
 * `OUTPUT_DISK_FULL`, `OUTPUT_DISK_FAILED`.
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string,
  mode: number,
  options: ReplaceOptions = {},
): Promise<void> {
  try {
    await makeFolder(dirname(path))
    await writeAtomicFile(path, content, { mode, ...options })
  } catch (error) {
    throw outputError(error, path)
  }
}
