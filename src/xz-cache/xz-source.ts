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

/** An open .xz with many blocks, from which other .xz files are built. */
export interface XzSource {
  readonly path: string
  readonly layout: XzLayout
  /** The unpacked data. */
  readonly device: XzDevice
  readonly blocks: DecodedBlocks
  readonly refined: RefinedBlocks
  readonly workers: BlockWorkers
  /** Throws `FILE_CHANGED` if the file is no longer the opened one. */
  readonly requireUnchanged: () => void
}

/**
 * Part of the cache key. Raise it whenever the encoder or the sizes of parts and pieces change, so that a warm cache
 * gives the same bytes as a cold one.
 */
const RECIPE = 'lzma2-1 parts-1MiB pieces-64KiB'

/**
 * Opens an .xz as a random-access source and passes it to `use`. Blocks that are read are kept below `folder`. `state`
 * is the file's `readFileState`, taken before it was identified. Throws `FILE_CHANGED` if the file has changed since,
 * or changes during `use`. The source is closed on every path.
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

/** Returns the file's state. Null: the file is missing. */
function stateOf(path: string): string | null {
  try {
    return readFileState(path)
  } catch {
    return null
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
