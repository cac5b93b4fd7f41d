import { BuildError } from '../errors.ts'
import type { FileReader } from '../fs/file-system.ts'
import { decodeBytes } from '../text/encoding.ts'

/** Reads a file of the boot volume that every image has, one character a byte: its encoding is not ours to change. Throws `IMAGE_BOOT_FILE_MISSING`; `file` names the image. */
export async function readBootText(boot: FileReader, path: string, file: string): Promise<string> {
  const bytes = await boot.readFile(path)
  if (bytes === null) throw new BuildError('IMAGE_BOOT_FILE_MISSING', { file, path })
  return decodeBytes(bytes)
}
