import { decodeUtf8, encodeUtf8 } from '../bytes/text.ts'
import { CachedDevice } from '../disk/cached-device.ts'
import { WritableSlice } from '../disk/device-slice.ts'
import { withFileDevice } from '../disk/file-device.ts'
import { OverlayDevice } from '../disk/overlay-device.ts'
import { BuildError } from '../errors.ts'
import { withExt4Writer } from '../fs/ext4/ext4-volume.ts'
import { withFatWriter } from '../fs/fat/fat-volume.ts'
import type { FileReader } from '../fs/file-system.ts'
import type { BaseImage } from '../model/base-image.ts'
import type { ImageLayout } from '../model/image-layout.ts'
import type { ImageContents, PatchedImage } from '../model/patched-image.ts'
import type { RenderedFile, RenderedNode } from '../model/rendered-node.ts'
import { patchCmdline } from './cmdline.ts'
import { patchConfigTxt } from './config-txt.ts'
import { readImageLayout } from './read-image-layout.ts'

const CONFIG_TXT = 'config.txt'
/** The FAT keeps neither owner nor mode. */
const BOOT_ACCESS = { mode: 0, uid: 0, gid: 0 }

/**
 * Lends a base image with one node's files on top. The base is opened for reading only; all edits stay in memory.
 * `clock` stamps every file; null: the base's own last write time, so that same inputs give same bytes.
 */
export async function withPatchedImage<T>(
  base: BaseImage,
  node: RenderedNode,
  clock: Date | null,
  use: (image: PatchedImage) => Promise<T>,
): Promise<T> {
  return withFileDevice(base.path, async (file) => {
    const overlay = new OverlayDevice(new CachedDevice(file))
    const layout = await readImageLayout(overlay, base.path)
    const contents = await writeEdits(overlay, layout, node, clock ?? layout.writeTime, base.path)
    return use({
      nodeName: node.nodeName,
      basePath: base.path,
      layout,
      device: overlay,
      changedPages: overlay.changedPages(),
      contents,
    })
  })
}

async function writeEdits(
  overlay: OverlayDevice,
  layout: ImageLayout,
  node: RenderedNode,
  clock: Date,
  file: string,
): Promise<ImageContents> {
  const boot = new WritableSlice(overlay, layout.boot.byteStart, layout.boot.byteLength)
  const root = new WritableSlice(overlay, layout.root.byteStart, layout.root.byteLength)
  const seed = node.seeds[layout.flavour.seedBackend]
  const rendered = [...node.files, ...seed.files]

  const bootFiles = await withFatWriter(boot, clock, async (volume) => {
    const edits = await editBootFiles(volume, layout, node, file)
    const files = [...rendered.filter((candidate) => candidate.volume === 'boot'), ...edits]
    for (const { path, content } of files) await volume.writeFile(path, content, BOOT_ACCESS)
    return files
  })
  const rootFiles = rendered.filter((candidate) => candidate.volume === 'root')
  await withExt4Writer(root, clock, async (volume) => {
    for (const { path, content, mode, uid, gid } of rootFiles) await volume.writeFile(path, content, { mode, uid, gid })
    for (const { path, target } of node.links) await volume.writeLink(path, target)
  })
  return { files: [...bootFiles, ...rootFiles], links: node.links }
}

async function editBootFiles(
  volume: FileReader,
  layout: ImageLayout,
  node: RenderedNode,
  file: string,
): Promise<readonly RenderedFile[]> {
  const { cmdlinePath, seedBackend } = layout.flavour
  const tokens = [...node.cmdlineTokens, ...node.seeds[seedBackend].cmdlineTokens]
  const cmdline = patchCmdline(await readText(volume, cmdlinePath, file), tokens, cmdlinePath)
  const configTxt = patchConfigTxt(await readText(volume, CONFIG_TXT, file), node.configTxtLines)
  return [bootFile(cmdlinePath, cmdline), bootFile(CONFIG_TXT, configTxt)]
}

async function readText(volume: FileReader, path: string, file: string): Promise<string> {
  const bytes = await volume.readFile(path)
  if (bytes === null) throw new BuildError('IMAGE_BOOT_FILE_MISSING', { file, path })
  return decodeUtf8(bytes)
}

function bootFile(path: string, text: string): RenderedFile {
  return { volume: 'boot', path, content: encodeUtf8(text), ...BOOT_ACCESS }
}
