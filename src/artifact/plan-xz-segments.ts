import type { FileSource } from '../disk/file-device.ts'
import { readBytes } from '../disk/read-bytes.ts'
import { BuildError } from '../errors.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import type { XzSource } from '../xz-cache/xz-source.ts'
import type { IndexRecord } from '../xz/container/block-index.ts'
import { findBlock } from '../xz/container/find-block.ts'
import { packPiece } from '../xz/container/pack-piece.ts'
import type { XzBlock, XzLayout } from '../xz/container/xz-layout.ts'
import type { CopiedSegment, PackedSegment, XzSegment } from '../xz/container/xz-segment.ts'

/** A segment that further blocks are joined to. Joining in place matters: there may be a hundred thousand blocks. */
type GrowingSegment = GrowingCopy | PackedSegment

interface GrowingCopy extends CopiedSegment {
  byteLength: number
  readonly records: IndexRecord[]
}

/**
 * Plans the blocks of a patched image's .xz. A block without edits is copied from the base. A block with edits is
 * replaced by its pieces, and only the edited pieces are packed again.
 */
export async function planXzSegments(image: PatchedImage, source: XzSource): Promise<readonly XzSegment[]> {
  const edits = groupEdits(image, source.layout)
  const segments: GrowingSegment[] = []
  for (const [index, block] of source.layout.blocks.entries()) {
    const ranges = edits.get(index)
    if (ranges === undefined) append(segments, source.file, block)
    else await appendEdited(segments, { index, block, ranges }, image, source)
  }
  return segments
}

/** Start and end of changed bytes, counted from the start of their block. */
type Range = readonly [number, number]

/** Finds the changed ranges of each block, by the block's index. A page may span several blocks. */
function groupEdits(image: PatchedImage, layout: XzLayout): ReadonlyMap<number, readonly Range[]> {
  const edits = new Map<number, Range[]>()
  for (const { byteOffset, bytes } of image.changedPages) {
    const end = byteOffset + bytes.byteLength
    for (let index = findBlock(layout, byteOffset); ; index += 1) {
      const block = layout.blocks[index]
      if (block === undefined || block.byteStart >= end) break
      const range: Range = [
        Math.max(byteOffset, block.byteStart) - block.byteStart,
        Math.min(end, block.byteStart + block.byteLength) - block.byteStart,
      ]
      if (range[0] >= range[1]) continue
      const ranges = edits.get(index)
      if (ranges === undefined) edits.set(index, [range])
      else ranges.push(range)
    }
  }
  return edits
}

interface EditedBlock {
  readonly index: number
  readonly block: XzBlock
  readonly ranges: readonly Range[]
}

async function appendEdited(
  segments: GrowingSegment[],
  { index, block, ranges }: EditedBlock,
  image: PatchedImage,
  source: XzSource,
): Promise<void> {
  const parts = await source.refined.parts(index)
  if (parts.layout.byteLength !== block.byteLength)
    throw new BuildError('BUG', { state: `block ${index} in parts has another length` })
  for (const part of parts.layout.blocks) {
    if (!isEdited(ranges, part.byteStart, part.byteLength)) {
      append(segments, parts.file, part)
      continue
    }
    const pieces = await source.refined.pieces(index, { byteOffset: part.byteStart, byteLength: part.byteLength })
    for (const piece of pieces.layout.blocks) {
      const start = part.byteStart + piece.byteStart
      if (isEdited(ranges, start, piece.byteLength)) segments.push(packEdited(image, block, start, piece.byteLength))
      else append(segments, pieces.file, piece)
    }
  }
}

function isEdited(ranges: readonly Range[], start: number, byteLength: number): boolean {
  return ranges.some(([from, to]) => from < start + byteLength && to > start)
}

function packEdited(image: PatchedImage, block: XzBlock, start: number, byteLength: number): GrowingSegment {
  const byteStart = block.byteStart + start
  const { bytes, unpaddedByteLength } = packPiece(readBytes(image.device, byteStart, byteLength), block.check)
  return { kind: 'packed', bytes, byteStart, record: { unpaddedByteLength, byteLength } }
}

/** Appends a block. Blocks that follow each other in the same file become one segment. */
function append(
  segments: GrowingSegment[],
  source: FileSource,
  { fileOffset, unpaddedByteLength, paddedByteLength, byteLength }: XzBlock,
): void {
  const record = { unpaddedByteLength, byteLength }
  const last = segments.at(-1)
  if (last?.kind === 'copied' && last.source === source && last.fileOffset + last.byteLength === fileOffset) {
    last.byteLength += paddedByteLength
    last.records.push(record)
  } else {
    segments.push({ kind: 'copied', source, fileOffset, byteLength: paddedByteLength, records: [record] })
  }
}
