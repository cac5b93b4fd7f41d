import { CachedDevice } from '../disk/cached-device.ts'
import { WritableSlice } from '../disk/device-slice.ts'
import { OverlayDevice } from '../disk/overlay-device.ts'
import { withExt4Writer } from '../fs/ext4/ext4-volume.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import { withFatWriter } from '../fs/fat/fat-volume.ts'
import type { FileReader, FileWriter, LinkWriter } from '../fs/file-system.ts'
import type { Flavour } from '../model/image-layout.ts'
import type { ImageContents, OpenBase, PatchedImage } from '../model/patched-image.ts'
import type { RenderedFile, RenderedNode } from '../model/rendered-node.ts'
import { decodeBytes, encodeBytes } from '../text/encoding.ts'
import { patchCmdline } from './cmdline.ts'
import { CONFIG_TXT, patchConfigTxt } from './config-txt.ts'
import { detectFlavour } from './detect-flavour.ts'
import { locatePartitions } from './locate-partitions.ts'
import { readBootText } from './read-boot-text.ts'

const MACHINE_ID = /^[0-9a-f]{32}\s*$/

/** FAT keeps neither owner nor mode. */
const BOOT_ACCESS = { mode: 0, uid: 0, gid: 0 }

/**
 * Passes `use` a base image with one node's files on top. The base is open for reading only, and all edits stay in
 * memory. `clock` is the time of every written file. Null: the base's last write time, so that the same inputs give the
 * same bytes.
 */
export async function withPatchedImage<T>(
  base: OpenBase,
  node: RenderedNode,
  clock: Date | null,
  use: (image: PatchedImage) => Promise<T>,
): Promise<T> {
  const overlay = new OverlayDevice(new CachedDevice(base.device))
  const { table, boot, root, cmdlinePath } = await locatePartitions(overlay, base.file.path)
  const bootDevice = new WritableSlice(overlay, boot.byteStart, boot.byteLength)
  const rootDevice = new WritableSlice(overlay, root.byteStart, root.byteLength)
  const stamp = clock ?? readSuperblock(rootDevice).writeTime
  const { flavour, contents } = await withFatWriter(bootDevice, stamp, (bootVolume) =>
    withExt4Writer(rootDevice, stamp, (rootVolume) =>
      writeEdits({ boot: bootVolume, root: rootVolume }, node, cmdlinePath, base.file.path),
    ),
  )
  const layout = { table, boot, root, flavour }
  const { nodeName } = node
  return use({ nodeName, base, layout, device: overlay, changedPages: overlay.changedPages(), contents })
}

async function writeEdits(
  { boot, root }: { readonly boot: FileWriter; readonly root: LinkWriter },
  node: RenderedNode,
  cmdlinePath: string,
  file: string,
): Promise<{ flavour: Flavour; contents: ImageContents }> {
  const flavour = await detectFlavour(root, cmdlinePath, file)
  const seed = node.seeds[flavour.seedBackend]
  const rendered = [...node.files, ...seed.files]
  const files = [...rendered, ...(await resetMachineId(root)), ...(await editBootFiles(boot, flavour, node, file))]
  for (const { path, mode } of node.folders) await root.makeFolder(path, { mode, uid: 0, gid: 0 })
  for (const { volume, path, content, mode, uid, gid } of files) {
    await (volume === 'boot' ? boot : root).writeFile(path, content, { mode, uid, gid })
  }
  for (const path of node.absent) {
    if ((await root.status(path))?.kind === 'file') await root.removeFile(path)
  }
  const links = [...node.links, ...seed.links]
  for (const { path, target } of links) await root.writeLink(path, target)
  return { flavour, contents: { folders: node.folders, files, links, absent: node.absent } }
}

async function editBootFiles(
  boot: FileReader,
  { cmdlinePath, seedBackend }: Flavour,
  node: RenderedNode,
  file: string,
): Promise<readonly RenderedFile[]> {
  const tokens = [...node.cmdlineTokens, ...node.seeds[seedBackend].cmdlineTokens]
  const cmdline = patchCmdline(await readBootText(boot, cmdlinePath, file), tokens, cmdlinePath)
  const configTxt = patchConfigTxt(await readBootText(boot, CONFIG_TXT, file), node.configTxtLines)
  return [bootFile(cmdlinePath, cmdline), bootFile(CONFIG_TXT, configTxt)]
}

/**
 * Empties the machine id. A base that was started holds the id of one machine. With an empty file, each node makes a
 * new id at its start. machine-id(5)
 */
async function resetMachineId(root: FileReader): Promise<readonly RenderedFile[]> {
  const path = 'etc/machine-id'
  const content = await root.readFile(path)
  if (content === null || !MACHINE_ID.test(decodeBytes(content))) return []
  return [{ volume: 'root', path, content: new Uint8Array(), mode: 0o444, uid: 0, gid: 0 }]
}

function bootFile(path: string, text: string): RenderedFile {
  return { volume: 'boot', path, content: encodeBytes(text), ...BOOT_ACCESS }
}
