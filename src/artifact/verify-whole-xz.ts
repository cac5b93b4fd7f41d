import { equalBytes } from '../bytes/equal-bytes.ts'
import type { ReadableDevice } from '../disk/block-device.ts'
import { withFileDevice } from '../disk/file-device.ts'
import { readBytes } from '../disk/read-bytes.ts'
import { BuildError } from '../errors.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import { MIB } from '../units.ts'
import type { XzSource } from '../xz-cache/xz-source.ts'
import { findBlock } from '../xz/container/find-block.ts'
import { readXzLayout, type XzBlock, type XzLayout } from '../xz/container/xz-layout.ts'
import type { WriteOptions } from './write-artifact.ts'

const CHUNK_BYTES = MIB

/**
 * Decodes all of a written .xz, in all threads, and compares it with the patched image. Throws
 * `IMAGE_READ_BACK_MISMATCH`, and what decoding throws.
 *
 * A block without edits must equal the base's block byte for byte. Equal blocks hold equal data, so decoding one of
 * them shows that both are sound. The base's data is therefore neither decoded nor kept. All other blocks are around
 * the node's edits. The build has already decoded the base's data there, so these blocks are compared by their data.
 */
export async function verifyWholeXz(
  path: string,
  file: ReadableDevice,
  image: PatchedImage,
  source: XzSource,
  { progress }: Pick<WriteOptions, 'progress'>,
): Promise<void> {
  const layout = readXzLayout(file, path)
  const edited = editedBlocks(layout, image)
  const ownBlocks = new Map(
    source.layout.blocks.filter((block) => block.byteLength > 0).map((block) => [block.byteStart, block]),
  )
  let completedBytes = 0
  const verifyBlock = async (block: XzBlock, base: ReadableDevice): Promise<void> => {
    const own = ownBlocks.get(block.byteStart)
    if (own?.byteLength === block.byteLength && !edited.has(block)) {
      await source.workers.check(path, block)
      requireSameBlock(file, block, base, own, image)
    } else {
      requireSameData(await source.workers.decode(path, block), block, image)
    }
    completedBytes += block.byteLength
    progress({ step: 'verify', subject: image.nodeName, completedBytes, totalBytes: layout.byteLength })
  }
  await withFileDevice(source.file, async (base) => {
    // The threads take the blocks one by one. When one fails, Promise.all would close the files while other threads
    // still read them.
    const outcomes = await Promise.allSettled(layout.blocks.map((block) => verifyBlock(block, base)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  })
}

/**
 * Finds the blocks that hold edits. It asks the image, not the plan of the file: a plan that misses an edit must be
 * detected.
 */
function editedBlocks(layout: XzLayout, { changedPages }: PatchedImage): ReadonlySet<XzBlock> {
  const edited = new Set<XzBlock>()
  for (const { byteOffset, bytes } of changedPages) {
    for (let index = findBlock(layout, byteOffset); ; index += 1) {
      const block = layout.blocks[index]
      if (block === undefined || block.byteStart >= byteOffset + bytes.byteLength) break
      edited.add(block)
    }
  }
  return edited
}

function requireSameBlock(
  file: ReadableDevice,
  block: XzBlock,
  base: ReadableDevice,
  own: XzBlock,
  image: PatchedImage,
): void {
  const { fileOffset, paddedByteLength, byteStart } = block
  if (own.paddedByteLength !== paddedByteLength || own.check !== block.check) throw mismatch(image, byteStart)
  const chunkBytes = Math.min(CHUNK_BYTES, paddedByteLength)
  const [actual, expected] = [new Uint8Array(chunkBytes), new Uint8Array(chunkBytes)]
  for (let done = 0; done < paddedByteLength; done += chunkBytes) {
    const length = Math.min(chunkBytes, paddedByteLength - done)
    file.read(fileOffset + done, actual.subarray(0, length))
    base.read(own.fileOffset + done, expected.subarray(0, length))
    if (!equalBytes(actual.subarray(0, length), expected.subarray(0, length))) throw mismatch(image, byteStart)
  }
}

function requireSameData(decoded: Uint8Array, { byteStart }: XzBlock, image: PatchedImage): void {
  if (!equalBytes(decoded, readBytes(image.device, byteStart, decoded.byteLength))) throw mismatch(image, byteStart)
}

function mismatch({ nodeName }: PatchedImage, byteOffset: number): BuildError {
  return new BuildError('IMAGE_READ_BACK_MISMATCH', { node: nodeName, path: `offset ${byteOffset}`, what: 'bytes' })
}
