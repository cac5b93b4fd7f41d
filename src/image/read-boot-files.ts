import { BuildError } from '../errors.ts'
import type { FileReader } from '../fs/file-system.ts'
import { boardModels } from '../model/boards.ts'
import { decodeBytes } from '../text/encoding.ts'
import { CONFIG_TXT } from './config-txt.ts'
import { type BootBoard, type BootSettings, evaluateConfigTxt } from './evaluate-config-txt.ts'
import { readBootText } from './read-boot-text.ts'

export interface BootFile {
  /** Path on the boot partition, with the prefix. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** What the firmware of one board would load from a boot partition. */
export interface BootFiles {
  readonly kernel: BootFile
  /** Null: none. Several files are joined, as the firmware puts them into memory. */
  readonly initramfs: BootFile | null
  readonly cmdlinePath: string
  readonly cmdline: string
  /** Notes for people on filters and settings that could not be evaluated. */
  readonly notes: readonly string[]
}

/** Reads the files that a board would start. `file` names the image in errors. Throws `IMAGE_BOOT_FILE_MISSING`. */
export async function readBootFiles(boot: FileReader, board: BootBoard, file: string): Promise<BootFiles> {
  const settings = evaluateConfigTxt(await readBootText(boot, CONFIG_TXT, file), board)
  const { prefix, kernelPath } = await chooseKernel(boot, settings, board, file)
  const initramfsNames =
    settings.initramfs.length > 0
      ? settings.initramfs
      : settings.autoInitramfs
        ? [await matchingInitramfs(boot, prefix, kernelPath)]
        : []
  const initramfs = await Promise.all(
    initramfsNames.filter((name) => name !== null).map((name) => readBootFile(boot, withPrefix(prefix, name), file)),
  )
  const cmdlinePath = withPrefix(prefix, settings.cmdline)
  return {
    kernel: await readBootFile(boot, kernelPath, file),
    initramfs:
      initramfs.length === 0
        ? null
        : {
            path: initramfs.map(({ path }) => path).join(','),
            bytes: Buffer.concat(initramfs.map(({ bytes }) => bytes)),
          },
    cmdlinePath,
    // The firmware reads only the first line.
    cmdline:
      decodeBytes((await readBootFile(boot, cmdlinePath, file)).bytes)
        .split(/\r?\n/)[0]
        ?.trim() ?? '',
    notes: [
      ...settings.unknown.map((one) => `config.txt: ${one} is not followed here`),
      ...(prefix === settings.osPrefix
        ? []
        : [`config.txt: os_prefix=${settings.osPrefix} is ignored, for there is no kernel under it`]),
    ],
  }
}

/** Finds the kernel. The firmware ignores os_prefix if no kernel is under it (section "os_prefix"). */
async function chooseKernel(
  boot: FileReader,
  { osPrefix, kernel }: BootSettings,
  board: BootBoard,
  file: string,
): Promise<{ readonly prefix: string; readonly kernelPath: string }> {
  const names: readonly string[] = kernel !== null ? [kernel] : boardModels[board].kernels
  for (const prefix of osPrefix === '' ? [''] : [osPrefix, '']) {
    for (const name of names) {
      const kernelPath = withPrefix(prefix, name)
      if ((await boot.status(kernelPath))?.kind === 'file') return { prefix, kernelPath }
    }
  }
  throw new BuildError('IMAGE_BOOT_FILE_MISSING', { file, path: withPrefix(osPrefix, names[0] ?? '') })
}

/**
 * auto_initramfs: `initramfs8` for `kernel8.img`, `initramfs_2712` for `kernel_2712.img`. Returns null if there is
 * none.
 */
async function matchingInitramfs(boot: FileReader, prefix: string, kernelPath: string): Promise<string | null> {
  const kernelName = kernelPath.slice(kernelPath.lastIndexOf('/') + 1)
  const name = kernelName.replace(/^kernel/, 'initramfs').replace(/\.img$/, '')
  return name !== kernelName && (await boot.status(withPrefix(prefix, name)))?.kind === 'file' ? name : null
}

/** Adds the prefix to a name. A name that begins with a slash gets none. */
function withPrefix(prefix: string, name: string): string {
  return name.startsWith('/') ? name.slice(1) : `${prefix}${name}`
}

async function readBootFile(boot: FileReader, path: string, file: string): Promise<BootFile> {
  const bytes = await boot.readFile(path)
  if (bytes === null) throw new BuildError('IMAGE_BOOT_FILE_MISSING', { file, path })
  return { path, bytes }
}
