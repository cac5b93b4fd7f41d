import { BuildError } from '../errors.ts'
import type { FileReader } from '../fs/file-system.ts'
import { decodeBytes } from '../text/encoding.ts'

/**
 * Reads a boot volume file that every image has. It is decoded with one character per byte, so that its encoding does
 * not change. `file` names the image in errors. Throws `IMAGE_BOOT_FILE_MISSING`.
 */
export async function readBootText(boot: FileReader, path: string, file: string): Promise<string> {
  const bytes = await boot.readFile(path)
  if (bytes === null) throw new BuildError('IMAGE_BOOT_FILE_MISSING', { file, path })
  return decodeBytes(bytes)
}
