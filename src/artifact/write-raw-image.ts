import { chmod } from 'node:fs/promises'
import type { ReadableDevice } from '../disk/block-device.ts'
import { withFileDevice, withWritableFileDevice } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import { copySparse } from '../host/copy-sparse.ts'
import { OWNER_ONLY } from '../host/owner-only.ts'
import type { Artifact } from '../model/artifact.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import type { Progress } from '../progress.ts'
import { hashDevice } from './hash-device.ts'
import { writeArtifact, type WriteOptions } from './write-artifact.ts'

/**
 * Writes a patched image as `<outFolder>/<node>.img`, sparse if the file system allows it. The file appears under its
 * final name complete and verified, or not at all. Throws `OUTPUT_NOT_WRITABLE`, `OUTPUT_DISK_FULL`,
 * `OUTPUT_VERIFY_FAILED`, `BUILD_INTERRUPTED`, and what `readBack` throws.
 */
export async function writeRawImage(image: PatchedImage, options: WriteOptions): Promise<Artifact> {
  return writeArtifact(image.nodeName, 'img', options, async (partial) => {
    const sha256 = await writePartial(image, partial, options)
    const { byteLength } = image.device
    return { byteLength, sha256, imageByteLength: byteLength }
  })
}

async function writePartial(image: PatchedImage, partial: string, options: WriteOptions): Promise<string> {
  const report = reporter(image, 'write', options.progress)
  // The kernel copies while this process hashes. In parallel, both take as long as the slower one.
  const [sha256] = await settleAll([
    hashDevice(image.device, options.signal, report),
    copySparse(image.base.path, partial, options.signal),
  ])
  // The edits hold secrets. Until here, the file is a copy of the base, which is public.
  await chmod(partial, OWNER_ONLY)
  await withWritableFileDevice(partial, (file) => {
    for (const page of image.changedPages) file.write(page.byteOffset, page.bytes)
  })
  await withFileDevice(partial, async (file) => {
    await options.readBack(file)
    if (options.verify === 'every-byte') await verifyEveryByte(file, image, sha256, options)
  })
  return sha256
}

// If the hash fails, Promise.all alone would start the clean-up while the copy still runs.
async function settleAll<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<readonly [A, B]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

async function verifyEveryByte(
  file: ReadableDevice,
  image: PatchedImage,
  expected: string,
  options: WriteOptions,
): Promise<void> {
  const actual = await hashDevice(file, options.signal, reporter(image, 'verify', options.progress))
  if (actual !== expected)
    throw new BuildError('OUTPUT_VERIFY_FAILED', { path: `${image.nodeName}.img`, expected, actual })
}

function reporter(image: PatchedImage, step: 'write' | 'verify', progress: Progress): (completedBytes: number) => void {
  return (completedBytes) => {
    progress({ step, subject: image.nodeName, completedBytes, totalBytes: image.device.byteLength })
  }
}
