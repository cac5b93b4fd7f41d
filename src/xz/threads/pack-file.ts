import { open, stat } from 'node:fs/promises'
import { MemoryDevice } from '../../disk/memory-device.ts'
import { MIB } from '../../units.ts'
import type { BlockCheck } from '../container/block-check.ts'
import { encodeBlockIndex, type IndexRecord } from '../container/block-index.ts'
import { encodeStreamFooter } from '../container/stream-footer.ts'
import { encodeStreamHeader } from '../container/stream-header.ts'
import { readXzLayout } from '../container/xz-layout.ts'
import type { BlockWorkers } from './block-workers.ts'

/** Bytes per job of a thread: whole blocks, and enough of them to outweigh the messages. */
const TASK_BYTES = 4 * MIB

export interface PackOptions {
  /** Unpacked bytes of a block. It must be a divisor or a multiple of 4 MiB. */
  readonly blockBytes: number
  readonly check: BlockCheck
  /** Permission bits of the new file. */
  readonly mode: number
  /** Part of the source to pack. Default: all of it. */
  readonly range?: { readonly byteOffset: number; readonly byteLength: number }
  readonly signal?: AbortSignal
  readonly onProgress?: (completedBytes: number) => void
}

/**
 * Packs a file as an .xz of one stream with many blocks, with our encoder in all threads. The bytes are the same on
 * every machine.
 */
export async function packFile(
  source: string,
  target: string,
  workers: BlockWorkers,
  options: PackOptions,
): Promise<void> {
  const { blockBytes, check, mode, signal, onProgress } = options
  const range = options.range ?? { byteOffset: 0, byteLength: (await stat(source)).size }
  const file = await open(target, 'wx', mode)
  try {
    await file.writeFile(encodeStreamHeader({ check }))
    const records: IndexRecord[] = []
    for await (const stream of packRanges(source, range, workers, options)) {
      signal?.throwIfAborted()
      const { blocks } = readXzLayout(new MemoryDevice(stream), source)
      const [first, last] = [blocks[0], blocks.at(-1)]
      if (first === undefined || last === undefined) continue
      await file.writeFile(stream.subarray(first.fileOffset, last.fileOffset + last.paddedByteLength))
      for (const block of blocks)
        records.push({ unpaddedByteLength: block.unpaddedByteLength, byteLength: block.byteLength })
      onProgress?.(Math.min(records.length * blockBytes, range.byteLength))
    }
    const index = encodeBlockIndex(records)
    await file.writeFile(index)
    await file.writeFile(encodeStreamFooter({ check, indexByteLength: index.byteLength }))
  } finally {
    await file.close()
  }
}

/**
 * Packs ranges in all threads in parallel and yields them in order. Each thread has one range in work and one waiting.
 */
async function* packRanges(
  source: string,
  { byteOffset, byteLength }: NonNullable<PackOptions['range']>,
  workers: BlockWorkers,
  { blockBytes, check }: PackOptions,
): AsyncGenerator<Uint8Array> {
  const taskBytes = Math.max(TASK_BYTES, blockBytes)
  const tasks: Promise<Uint8Array>[] = []
  for (let started = 0; started < byteLength || tasks.length > 0;) {
    while (started < byteLength && tasks.length < 2 * workers.count) {
      const task = workers.pack({
        source,
        byteOffset: byteOffset + started,
        byteLength: Math.min(taskBytes, byteLength - started),
        blockBytes,
        check,
      })
      // The task is awaited in its turn. This handler avoids an unhandled rejection before that.
      task.catch(() => undefined)
      tasks.push(task)
      started += taskBytes
    }
    const next = tasks.shift()
    if (next !== undefined) yield await next
  }
}
