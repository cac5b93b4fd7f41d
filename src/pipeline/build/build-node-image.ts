import { hashDevice } from '../../artifact/hash-device.ts'
import type { WriteOptions } from '../../artifact/write-artifact.ts'
import { writeRawImage } from '../../artifact/write-raw-image.ts'
import { writeXzImage } from '../../artifact/write-xz-image.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { OverlayDevice } from '../../disk/overlay-device.ts'
import { BuildError } from '../../errors.ts'
import { readFileState } from '../../host/file-state.ts'
import { withPatchedImage } from '../../image/patch-image.ts'
import { verifyImage } from '../../image/verify-image.ts'
import type { Artifact } from '../../model/artifact.ts'
import type { OpenBase, PatchedImage } from '../../model/patched-image.ts'
import type { RenderedNode } from '../../model/rendered-node.ts'

export interface NodeImageOptions extends Omit<WriteOptions, 'readBack'> {
  /** Time of the files that bantam writes into the image; null: the base image's last write time. */
  readonly clock: Date | null
  /** Raw file of the base image and its `readFileState`; only for a packed result with a SHA-256 of the unpacked image, else null. */
  readonly hashOver: { readonly path: string; readonly state: string } | null
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
  { path, state }: NonNullable<NodeImageOptions['hashOver']>,
  { signal, progress }: NodeImageOptions,
): Promise<string> {
  const sha256 = await withFileDevice(path, (device) => {
    const patched = new OverlayDevice(device)
    for (const { byteOffset, bytes } of changedPages) patched.write(byteOffset, bytes)
    return hashDevice(patched, signal, (completedBytes) => {
      progress({ step: 'hash', subject: nodeName, completedBytes, totalBytes: device.byteLength })
    })
  })
  if (readFileState(path) !== state) throw new BuildError('FILE_CHANGED', { file: path })
  return sha256
}
