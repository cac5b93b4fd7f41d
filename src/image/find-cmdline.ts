import { BuildError } from '../errors.ts'
import type { FileReader } from '../fs/file-system.ts'
import { CONFIG_TXT, parseCmdlinePath } from './config-txt.ts'
import { readBootText } from './read-boot-text.ts'

/**
 * Finds the kernel command line that the firmware reads: its path on the boot volume. `file` names the image in errors.
 * Throws `IMAGE_BOOT_FILE_MISSING`, `IMAGE_CONFIG_TXT_CONDITIONAL`.
 */
export async function findCmdline(boot: FileReader, file: string): Promise<string> {
  const { osPrefix, fileName } = parseCmdlinePath(await readBootText(boot, CONFIG_TXT, file))
  // Ubuntu 25.10 and later keep boot assets in a folder that config.txt names as os_prefix.
  const prefixed = `${osPrefix}${fileName}`
  for (const path of [prefixed, fileName]) {
    if ((await boot.status(path))?.kind === 'file') return path
  }
  throw new BuildError('IMAGE_BOOT_FILE_MISSING', { file, path: prefixed })
}
