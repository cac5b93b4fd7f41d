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
  /** Stamps files in the image; null: the base image's last write time. */
  readonly clock: Date | null
  /** Raw file of the base and its `readFileState`, where the SHA-256 of the image that is flashed is wanted and the result is packed; else null. */
  readonly hashOver: { readonly path: string; readonly state: string } | null
}

/** Writes one node's image, raw from a raw base and packed from a packed one. */
export async function buildNodeImage(node: RenderedNode, base: OpenBase, options: NodeImageOptions): Promise<Artifact> {
  return withPatchedImage(base, node, options.clock, async (image) => {
    const writeOptions = { ...options, readBack: (written: PatchedImage['device']) => verifyImage(written, image) }
    // Before the image gets its name, so that nothing can fail after it.
    const imageSha256 = options.hashOver === null ? null : await hashImage(image, options.hashOver, options)
    const artifact =
      base.xz === null ? await writeRawImage(image, writeOptions) : await writeXzImage(image, base.xz, writeOptions)
    return imageSha256 === null ? artifact : { ...artifact, imageSha256 }
  })
}

/** The base is decoded once for all nodes, into a file; each node's pages are laid over it. */
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
