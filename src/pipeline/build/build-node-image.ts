import { hashDevice } from '../../artifact/hash-device.ts'
import type { WriteOptions } from '../../artifact/write-artifact.ts'
import { writeRawImage } from '../../artifact/write-raw-image.ts'
import { writeXzImage } from '../../artifact/write-xz-image.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { OverlayDevice } from '../../disk/overlay-device.ts'
import { withPinnedFile } from '../../host/pinned-file.ts'
import { withPatchedImage } from '../../image/patch-image.ts'
import { verifyImage } from '../../image/verify-image.ts'
import type { Artifact } from '../../model/artifact.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { OpenBase, PatchedImage } from '../../model/patched-image.ts'
import type { RenderedNode } from '../../model/rendered-node.ts'

export interface NodeImageOptions extends Omit<WriteOptions, 'readBack'> {
  /** Time of the files that bantam writes into the image; null: the base image's last write time. */
  readonly clock: Date | null
  /** Raw file of the base image; only for a packed result with a SHA-256 of the unpacked image, else null. */
  readonly hashOver: BaseImage['raw']
}

/** Writes one node's image: a raw image from a raw base image, a packed one from a packed one. */
export async function buildNodeImage(node: RenderedNode, base: OpenBase, options: NodeImageOptions): Promise<Artifact> {
  return withPatchedImage(base, node, options.clock, async (image) => {
    const writeOptions = { ...options, readBack: (written: PatchedImage['device']) => verifyImage(written, image) }
    // This comes before the image gets its name, so that nothing can fail afterwards.
    const imageSha256 = options.hashOver === null ? null : await hashImage(image, options.hashOver, options)
    const artifact =
      base.xz === null ? await writeRawImage(image, writeOptions) : await writeXzImage(image, base.xz, writeOptions)
    return imageSha256 === null ? artifact : { ...artifact, imageSha256 }
  })
}

/** Hashes the unpacked image. The base image is unpacked once for all nodes, into a file. Each node's pages replace those of the file. */
async function hashImage(
  { changedPages, nodeName }: PatchedImage,
  raw: NonNullable<BaseImage['raw']>,
  { signal, progress }: NodeImageOptions,
): Promise<string> {
  return withPinnedFile(raw, async (file) => {
    const sha256 = await withFileDevice(file, (device) => {
      const patched = new OverlayDevice(device)
      for (const { byteOffset, bytes } of changedPages) patched.write(byteOffset, bytes)
      return hashDevice(patched, signal, (completedBytes) => {
        progress({ step: 'hash', subject: nodeName, completedBytes, totalBytes: device.byteLength })
      })
    })
    file.requireUnchanged()
    return sha256
  })
}
