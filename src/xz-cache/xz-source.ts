import { createHash, randomUUID } from 'node:crypto'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileDevice } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import { readFileState } from '../host/file-state.ts'
import { readXzLayout, type XzLayout } from '../xz/container/xz-layout.ts'
import type { BlockWorkers } from '../xz/threads/block-workers.ts'
import { DecodedBlocks } from './decoded-blocks.ts'
import { RefinedBlocks } from './refined-blocks.ts'
import { XzDevice } from './xz-device.ts'

/** An .xz with many blocks, open for building other .xz files from it. */
export interface XzSource {
  readonly path: string
  readonly layout: XzLayout
  /** What it holds. */
  readonly device: XzDevice
  readonly blocks: DecodedBlocks
  readonly refined: RefinedBlocks
  readonly workers: BlockWorkers
  /** Throws `FILE_CHANGED` where the file is not the one any more that was opened. */
  readonly requireUnchanged: () => void
}

/**
 * What is kept of a block depends on this: raise it whenever the encoder or the sizes of parts and pieces change, so that a warm cache
 * never gives other bytes than a cold one.
 */
const RECIPE = 'lzma2-1 parts-1MiB pieces-64KiB'

/**
 * Lends an .xz as a random-access source; what is touched of it is kept below `folder`. `state` is the file's `readFileState` from before
 * it was identified: throws `FILE_CHANGED` where it is another one now, or becomes one. It is closed on every path.
 */
export async function withXzSource<T>(
  { path, state }: { readonly path: string; readonly state: string },
  folder: string,
  workers: BlockWorkers,
  use: (source: XzSource) => Promise<T>,
): Promise<T> {
  const requireUnchanged = (): void => {
    if (stateOf(path) !== state) throw new BuildError('FILE_CHANGED', { file: path })
  }
  const layout = await withFileDevice(path, (device) => readXzLayout(device, path))
  requireUnchanged()
  const ownFolder = join(folder, keyOf(layout))
  await removeLeftOvers(ownFolder)
  const blocks = new DecodedBlocks(path, layout, ownFolder, workers, requireUnchanged)
  try {
    const refined = new RefinedBlocks(layout, blocks, ownFolder, workers)
    return await use({ path, layout, device: new XzDevice(layout, blocks), blocks, refined, workers, requireUnchanged })
  } finally {
    blocks.close()
  }
}

/** Null where the file is gone. */
function stateOf(path: string): string | null {
  try {
    return readFileState(path)
  } catch {
    return null
  }
}

/** The same published image may have been packed in blocks of other sizes. */
function keyOf({ blocks }: XzLayout): string {
  const hash = createHash('sha256').update(RECIPE)
  for (const { fileOffset, unpaddedByteLength, byteLength, check } of blocks)
    hash.update(`${fileOffset} ${unpaddedByteLength} ${byteLength} ${check}\n`)
  return hash.digest('hex').slice(0, 16)
}

const OLD_MS = 24 * 60 * 60 * 1000

/** Removes what a killed build left half-made. A day old, it belongs to no build at work. */
async function removeLeftOvers(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((one) => one.includes('.partial'))
  if (names.length === 0) return
  // By the clock of the file system, whatever ours says.
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
