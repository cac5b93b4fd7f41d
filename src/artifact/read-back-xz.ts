import { equalBytes } from '../bytes/equal-bytes.ts'
import type { ReadableDevice } from '../disk/block-device.ts'
import { OverlayDevice } from '../disk/overlay-device.ts'
import { readBytes } from '../disk/read-bytes.ts'
import { BuildError } from '../errors.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import type { XzSource } from '../xz-cache/xz-source.ts'
import { readXzLayout, type XzBlock } from '../xz/container/xz-layout.ts'
import { recordsOf, type XzSegment } from '../xz/container/xz-segment.ts'

/**
 * Reads back the parts of an .xz that differ from its base. The layout must be as planned. Each newly packed block is
 * decoded and compared with the patched image. Returns a view of the file's unpacked data: the base, overlaid with the
 * decoded blocks. Throws `IMAGE_READ_BACK_MISMATCH`, and what reading an .xz throws.
 */
export async function readBackXz(
  file: ReadableDevice,
  path: string,
  segments: readonly XzSegment[],
  image: PatchedImage,
  source: XzSource,
): Promise<ReadableDevice> {
  const { blocks, byteLength } = readXzLayout(file, path)
  const planned = recordsOf(segments)
  const asPlanned =
    byteLength === image.device.byteLength &&
    blocks.length === planned.length &&
    planned.every(
      (record, index) =>
        record.byteLength === blocks[index]?.byteLength &&
        record.unpaddedByteLength === blocks[index].unpaddedByteLength,
    )
  if (!asPlanned)
    throw new BuildError('IMAGE_READ_BACK_MISMATCH', { node: image.nodeName, path: 'the .xz', what: 'index' })
  const view = new OverlayDevice(source.device)
  for (const block of packedBlocks(segments, blocks)) {
    const decoded = await source.workers.decode(path, block)
    if (!equalBytes(decoded, readBytes(image.device, block.byteStart, block.byteLength))) {
      throw new BuildError('IMAGE_READ_BACK_MISMATCH', {
        node: image.nodeName,
        path: `offset ${block.byteStart}`,
        what: 'bytes',
      })
    }
    view.write(block.byteStart, decoded)
  }
  return view
}

function* packedBlocks(segments: readonly XzSegment[], blocks: readonly XzBlock[]): Generator<XzBlock> {
  let index = 0
  for (const segment of segments) {
    const block = blocks[index]
    if (segment.kind === 'packed' && block !== undefined) yield block
    index += segment.kind === 'packed' ? 1 : segment.records.length
  }
}
