import { equalBytes } from '../../bytes/equal-bytes.ts'
import { pathOf, withFileDevice } from '../../disk/file-device.ts'
import { MemoryDevice } from '../../disk/memory-device.ts'
import { readBytes } from '../../disk/read-bytes.ts'
import { BuildError } from '../../errors.ts'
import { encodeBlockIndex, type IndexRecord } from '../container/block-index.ts'
import { decodeBlock } from '../container/decode-block.ts'
import { encodeBlock } from '../container/encode-block.ts'
import { encodeStreamFooter } from '../container/stream-footer.ts'
import { encodeStreamHeader } from '../container/stream-header.ts'
import { readXzLayout } from '../container/xz-layout.ts'
import { encodeLzma2, Lzma2Encoder } from '../lzma2/encode-lzma2.ts'
import type { PackJob } from './block-job.ts'
import { collectBlock } from './collect-block.ts'

const encoder = new Lzma2Encoder()

/**
 * Packs a range of a file as one .xz stream. An independent decoder unpacks the result, which is compared with the
 * range before it is returned.
 */
export async function packRange(
  { source, byteOffset, byteLength, blockBytes, check }: Omit<PackJob, 'kind' | 'file'>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const data = await withFileDevice(source, (device) => readBytes(device, byteOffset, byteLength))
  const parts = [encodeStreamHeader({ check })]
  const records: IndexRecord[] = []
  for (let start = 0; start < byteLength; start += blockBytes) {
    const piece = data.subarray(start, start + blockBytes)
    const { bytes, unpaddedByteLength } = encodeBlock(encodeLzma2(piece, encoder), piece, check)
    parts.push(bytes)
    records.push({ unpaddedByteLength, byteLength: piece.byteLength })
  }
  const index = encodeBlockIndex(records)
  const stream = Uint8Array.from(
    Buffer.concat([...parts, index, encodeStreamFooter({ check, indexByteLength: index.byteLength })]),
  )
  await requireSame(stream, data, pathOf(source), signal)
  return stream
}

async function requireSame(stream: Uint8Array, data: Uint8Array, file: string, signal: AbortSignal): Promise<void> {
  const device = new MemoryDevice(stream)
  let memory: ArrayBuffer | null = null
  for (const block of readXzLayout(device, file).blocks) {
    const decoded = await collectBlock(decodeBlock(device, block, { file, signal }), {
      byteLength: block.byteLength,
      file,
      memory,
    })
    const expected = data.subarray(block.byteStart, block.byteStart + block.byteLength)
    if (!equalBytes(decoded, expected))
      throw new BuildError('BUG', { state: `a packed block of ${file} does not unpack to what it was` })
    memory = decoded.buffer
  }
}
