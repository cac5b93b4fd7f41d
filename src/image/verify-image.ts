import { equalBytes } from '../bytes/equal-bytes.ts'
import type { ReadableDevice } from '../disk/block-device.ts'
import { CachedDevice } from '../disk/cached-device.ts'
import { ReadableSlice } from '../disk/device-slice.ts'
import { BuildError } from '../errors.ts'
import { withExt4Reader } from '../fs/ext4/ext4-volume.ts'
import { withFatReader } from '../fs/fat/fat-volume.ts'
import type { FileReader } from '../fs/file-system.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import type { RenderedFile } from '../model/rendered-node.ts'

/**
 * Reads a written image back. It mounts both volumes again, and compares every file, link, owner and mode with the
 * node's files. It also compares every changed page with the written bytes. Throws `IMAGE_READ_BACK_MISMATCH`.
 */
export async function verifyImage(written: ReadableDevice, image: PatchedImage): Promise<void> {
  verifyPages(written, image)
  const device = new CachedDevice(written)
  const { boot, root } = image.layout
  await withFatReader(new ReadableSlice(device, boot.byteStart, boot.byteLength), async (volume) => {
    for (const file of filesOn(image, 'boot')) await verifyContent(volume, file, image.nodeName)
  })
  await withExt4Reader(new ReadableSlice(device, root.byteStart, root.byteLength), async (volume) => {
    for (const file of filesOn(image, 'root')) {
      await verifyAccess(volume, file, image.nodeName)
      await verifyContent(volume, file, image.nodeName)
    }
    for (const { path, mode } of image.contents.folders) {
      const status = await volume.status(path)
      if (status?.kind !== 'directory') throw mismatch(image.nodeName, path, 'kind')
      if (status.mode !== mode) throw mismatch(image.nodeName, path, 'mode')
    }
    for (const path of image.contents.absent) {
      if ((await volume.status(path))?.kind === 'file') throw mismatch(image.nodeName, path, 'absence')
    }
    for (const link of image.contents.links) {
      if ((await volume.readLink(link.path)) !== link.target) throw mismatch(image.nodeName, link.path, 'link target')
    }
  })
}

// If a path occurs twice, the last file counts.
function filesOn(image: PatchedImage, volume: RenderedFile['volume']): readonly RenderedFile[] {
  const files = image.contents.files.filter((file) => file.volume === volume)
  return [...new Map(files.map((file) => [file.path, file])).values()]
}

function verifyPages(written: ReadableDevice, image: PatchedImage): void {
  if (written.byteLength !== image.device.byteLength) throw mismatch(image.nodeName, 'the image', 'length')
  for (const page of image.changedPages) {
    const bytes = new Uint8Array(page.bytes.byteLength)
    written.read(page.byteOffset, bytes)
    if (!equalBytes(bytes, page.bytes)) throw mismatch(image.nodeName, `offset ${page.byteOffset}`, 'bytes')
  }
}

async function verifyContent(volume: FileReader, file: RenderedFile, node: string): Promise<void> {
  const bytes = await volume.readFile(file.path)
  if (bytes === null || !equalBytes(bytes, file.content)) throw mismatch(node, file.path, 'content')
}

async function verifyAccess(volume: FileReader, file: RenderedFile, node: string): Promise<void> {
  const status = await volume.status(file.path)
  if (status?.kind !== 'file') throw mismatch(node, file.path, 'kind')
  if (status.mode !== file.mode) throw mismatch(node, file.path, 'mode')
  if (status.uid !== file.uid || status.gid !== file.gid) throw mismatch(node, file.path, 'owner')
}

function mismatch(node: string, path: string, what: string): BuildError {
  return new BuildError('IMAGE_READ_BACK_MISMATCH', { node, path, what })
}
