import { withFileDevice } from '../disk/file-device.ts'
import type { BlockWorkers } from './block-workers.ts'
import { DecodedBlocks } from './decoded-blocks.ts'
import { RefinedBlocks } from './refined-blocks.ts'
import { XzDevice } from './xz-device.ts'
import { readXzLayout, type XzLayout } from './xz-layout.ts'

/** An .xz with many blocks, open for building other .xz files from it. */
export interface XzSource {
  readonly path: string
  readonly layout: XzLayout
  /** What it holds. */
  readonly device: XzDevice
  readonly blocks: DecodedBlocks
  readonly refined: RefinedBlocks
  readonly workers: BlockWorkers
}

/** Lends an .xz as a random-access source; blocks that are touched are kept in `folder`. It is closed on every path. */
export async function withXzSource<T>(
  path: string, folder: string, workers: BlockWorkers, use: (source: XzSource) => Promise<T>,
): Promise<T> {
  const layout = await withFileDevice(path, (device) => readXzLayout(device, path))
  const blocks = new DecodedBlocks(path, layout, folder, workers)
  try {
    const refined = new RefinedBlocks(layout, blocks, folder, workers)
    return await use({ path, layout, device: new XzDevice(layout, blocks), blocks, refined, workers })
  } finally {
    blocks.close()
  }
}
