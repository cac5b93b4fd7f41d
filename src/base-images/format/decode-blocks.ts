import { open } from 'node:fs/promises'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import type { XzLayout } from '../../xz/container/xz-layout.ts'
import { withBlockWorkers } from '../../xz/threads/block-workers.ts'
import { hasBootSignature, IMAGE_HEAD_BYTES } from './detect-format.ts'

export interface DecodeBlocksOptions {
  readonly workerCount: number
  /** Named in errors. */
  readonly file: string
  readonly signal: AbortSignal
  /** Called with the number of decoded bytes. */
  readonly onDecoded: (byteLength: number) => void
}

/** Unpacks an .xz with many blocks into a new sparse file, in threads. Returns its length in bytes. */
export async function decodeBlocks(
  source: string,
  layout: XzLayout,
  target: string,
  { workerCount, file, signal, onDecoded }: DecodeBlocksOptions,
): Promise<number> {
  const output = await open(target, 'wx')
  try {
    await output.truncate(layout.byteLength)
    await withBlockWorkers(
      Math.min(workerCount, layout.blocks.length),
      async (workers) => {
        let decodedBytes = 0
        await Promise.all(
          layout.blocks.map(async (block) => {
            await workers.decodeToFile(source, block, target, block.byteStart, file)
            if (block.byteStart === 0 && block.byteLength >= IMAGE_HEAD_BYTES) await requireBootSignature(target, file)
            decodedBytes += block.byteLength
            onDecoded(decodedBytes)
          }),
        )
      },
      { signal },
    )
    return layout.byteLength
  } finally {
    await output.close()
  }
}

/** Throws `PARTITION_TABLE_MISSING` if a file does not begin like a disk image. */
export async function requireBootSignature(path: string, file: string): Promise<void> {
  const head = new Uint8Array(IMAGE_HEAD_BYTES)
  await withFileDevice(path, (device) => {
    device.read(0, head.subarray(0, device.byteLength))
  })
  if (!hasBootSignature(head)) throw new BuildError('PARTITION_TABLE_MISSING', { file })
}
