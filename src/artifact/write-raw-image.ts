import { withFileDevice, withWritableFileDevice } from '../disk/file-device.ts'
import { copySparse } from '../host/copy-sparse.ts'
import type { Artifact } from '../model/artifact.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import { hashDevice } from './hash-device.ts'
import { writeArtifact, type WriteOptions } from './write-artifact.ts'

/**
 * Writes a patched image as `<outFolder>/<node>.img`, sparse if the file system allows it. The file appears under its
 * final name complete and verified, or not at all. Throws what `writeArtifact` and `readBack` throw, and `FILE_CHANGED`
 * if the base was written meanwhile.
 */
export async function writeRawImage(image: PatchedImage, options: WriteOptions): Promise<Artifact> {
  return writeArtifact(image.nodeName, 'img', options, async (partial) => {
    const sha256 = await writePartial(image, partial, options)
    const { byteLength } = image.device
    return { byteLength, sha256, imageByteLength: byteLength }
  })
}

async function writePartial(
  image: PatchedImage,
  partial: string,
  { signal, progress, readBack }: WriteOptions,
): Promise<string> {
  // The kernel copies while this process hashes. In parallel, both take as long as the slower one.
  const [sha256] = await settleAll([
    hashDevice(image.device, signal, (completedBytes) => {
      progress({ step: 'write', subject: image.nodeName, completedBytes, totalBytes: image.device.byteLength })
    }),
    copySparse(image.base.file, partial, signal),
  ])
  await withWritableFileDevice(partial, (file) => {
    for (const page of image.changedPages) file.write(page.byteOffset, page.bytes)
  })
  await withFileDevice(partial, readBack)
  // A base that is written while it is copied gives bytes that were never together in one file.
  image.base.file.requireUnchanged()
  return sha256
}

// If the hash fails, Promise.all alone would start the clean-up while the copy still runs.
async function settleAll<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<readonly [A, B]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}
