import { createHash, randomUUID } from 'node:crypto'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type OpenedFile, withFileDevice } from '../disk/file-device.ts'
import type { PinnedFile } from '../host/pinned-file.ts'
import { readXzLayout, type XzLayout } from '../xz/container/xz-layout.ts'
import type { BlockWorkers } from '../xz/threads/block-workers.ts'
import { DecodedBlocks } from './decoded-blocks.ts'
import { RefinedBlocks } from './refined-blocks.ts'
import { XzDevice } from './xz-device.ts'

/** An open .xz with many blocks, from which other .xz files are built. */
export interface XzSource {
  readonly file: OpenedFile
  readonly layout: XzLayout
  /** The unpacked data. */
  readonly device: XzDevice
  readonly blocks: DecodedBlocks
  readonly refined: RefinedBlocks
  readonly workers: BlockWorkers
  /** Throws `FILE_CHANGED` if the file was written or replaced since it was opened. */
  readonly requireUnchanged: () => void
}

/**
 * Part of the cache key. Raise it whenever the encoder or the sizes of parts and pieces change, so that a warm cache
 * gives the same bytes as a cold one.
 */
const RECIPE = 'lzma2-2 parts-1MiB pieces-64KiB'

/**
 * Opens an .xz as a random-access source and passes it to `use`. Blocks that are read are kept below `folder`.
 * Throws `FILE_CHANGED` if the file changes while one of its blocks is decoded. The source is closed on every path.
 */
export async function withXzSource<T>(
  { path, descriptor, requireUnchanged }: PinnedFile,
  folder: string,
  workers: BlockWorkers,
  use: (source: XzSource) => Promise<T>,
): Promise<T> {
  // Without the function, because it goes to other threads.
  const file: OpenedFile = { path, descriptor }
  const layout = await withFileDevice(file, (device) => readXzLayout(device, path))
  const ownFolder = join(folder, keyOf(layout))
  await removeLeftOvers(ownFolder)
  const blocks = new DecodedBlocks(file, layout, ownFolder, workers, requireUnchanged)
  try {
    const refined = new RefinedBlocks(layout, blocks, ownFolder, workers)
    return await use({ file, layout, device: new XzDevice(layout, blocks), blocks, refined, workers, requireUnchanged })
  } finally {
    blocks.close()
  }
}

/** Makes the cache key of a layout. The same published image may be packed in blocks of other sizes. */
function keyOf({ blocks }: XzLayout): string {
  const hash = createHash('sha256').update(RECIPE)
  for (const { fileOffset, unpaddedByteLength, byteLength, check } of blocks)
    hash.update(`${fileOffset} ${unpaddedByteLength} ${byteLength} ${check}\n`)
  return hash.digest('hex').slice(0, 16)
}

const OLD_MS = 24 * 60 * 60 * 1000

/** Removes partial files of killed builds. A partial file that is a day old belongs to no running build. */
async function removeLeftOvers(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((one) => one.includes('.partial'))
  if (names.length === 0) return
  // Uses the clock of the file system, which may differ from this machine's.
  const probe = join(folder, `now-${randomUUID()}`)
  await writeFile(probe, '').catch(() => undefined)
  const here = await stat(probe).catch(() => null)
  await rm(probe, { force: true })
  for (const name of names) {
    const file = await stat(join(folder, name)).catch(() => null)
    if (file !== null && here !== null && here.mtimeMs - file.mtimeMs > OLD_MS)
      await rm(join(folder, name), { force: true })
  }
}
