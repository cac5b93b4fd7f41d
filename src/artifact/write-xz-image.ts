import { withFileDevice } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import { OWNER_ONLY } from '../host/owner-only.ts'
import type { Artifact } from '../model/artifact.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import type { XzSource } from '../xz-cache/xz-source.ts'
import { streamByteLength } from '../xz/container/write-stream.ts'
import { planXzSegments } from './plan-xz-segments.ts'
import { readBackXz } from './read-back-xz.ts'
import { verifyWholeXz } from './verify-whole-xz.ts'
import { writeArtifact, type WriteOptions } from './write-artifact.ts'

/**
 * Writes a patched image as `<outFolder>/<node>.img.xz`: one stream with one index. Its blocks are the base's blocks,
 * byte for byte, except where the node's edits are. The file appears under its final name complete and verified, or not
 * at all. Throws what `writeRawImage` throws.
 */
export async function writeXzImage(image: PatchedImage, source: XzSource, options: WriteOptions): Promise<Artifact> {
  return writeArtifact(image.nodeName, 'img.xz', options, async (partial) => {
    const segments = await planXzSegments(image, source)
    const check = source.layout.blocks[0]?.check
    if (check === undefined) throw new BuildError('BUG', { state: 'an .xz base without blocks' })
    const byteLength = streamByteLength({ segments, check })
    const digest = await source.workers.writeStream(
      partial,
      { segments, check },
      {
        mode: OWNER_ONLY,
        onWritten: (completedBytes) => {
          options.progress({ step: 'write', subject: image.nodeName, completedBytes, totalBytes: byteLength })
        },
      },
    )
    const sha256 = Buffer.from(digest).toString('hex')
    await withFileDevice(partial, async (file) => {
      await options.readBack(await readBackXz(file, partial, segments, image, source))
      if (options.verify === 'every-byte') await verifyWholeXz(partial, file, image, source, options)
    })
    // The base must not change while its blocks are copied.
    source.requireUnchanged()
    return { byteLength, sha256, imageByteLength: image.device.byteLength }
  })
}
