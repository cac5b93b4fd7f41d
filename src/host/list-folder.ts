import { readdir } from 'node:fs/promises'
import { nullIfMissing } from './null-if-missing.ts'
import { outputError } from './output-error.ts'

/** Lists the names in a folder of results; an empty list where there is no folder yet. Throws `OUTPUT_NOT_WRITABLE`. */
export async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return (await nullIfMissing(readdir(folder))) ?? []
  } catch (error) {
    throw outputError(error, folder)
  }
}
