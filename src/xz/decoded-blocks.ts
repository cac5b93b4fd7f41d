import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { BlockWorkers } from './block-workers.ts'
import type { XzBlock, XzLayout } from './xz-layout.ts'

/** A system lets a process have a few hundred open; some .xz files have a hundred thousand blocks. */
const MAX_OPEN_FILES = 32

/**
 * Blocks of an .xz file that were decoded, each as a sparse file in a folder that is kept from build to build and shared by
 * builds at the same time: a name appears only once its file is whole.
 */
export class DecodedBlocks {
  readonly #path: string
  readonly #layout: XzLayout
  readonly #folder: string
  readonly #workers: BlockWorkers
  readonly #open = new Map<number, number>()
  /** Blocks that this process had to decode. */
  decodedCount = 0

  constructor(path: string, layout: XzLayout, folder: string, workers: BlockWorkers) {
    this.#path = path
    this.#layout = layout
    this.#folder = folder
    this.#workers = workers
  }

  /** Path of a block's file, decoded now where it is not there. */
  pathOf(index: number): string {
    const path = join(this.#folder, `${index}.raw`)
    const block = this.#layout.blocks[index]
    if (block === undefined) throw new RangeError(`the .xz has no block ${index}`)
    if (statSync(path, { throwIfNoEntry: false })?.size !== block.byteLength) this.#decode(block, path)
    return path
  }

  /** An open descriptor of a block's file, to be used at once: it belongs to this object, which keeps the last few open. */
  descriptorOf(index: number): number {
    const fd = this.#open.get(index) ?? openSync(this.pathOf(index), 'r')
    // Insertion order is age.
    this.#open.delete(index)
    this.#open.set(index, fd)
    for (const [oldest, oldFd] of this.#open) {
      if (this.#open.size <= MAX_OPEN_FILES) break
      this.#open.delete(oldest)
      closeSync(oldFd)
    }
    return fd
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }

  #decode(block: XzBlock, path: string): void {
    mkdirSync(this.#folder, { recursive: true })
    // A name of its own: another build may be decoding the same block.
    const partial = `${path}.${randomUUID()}.partial`
    try {
      closeSync(openSync(partial, 'wx'))
      truncateSync(partial, block.byteLength)
      this.#workers.decodeToFileSync(this.#path, block, partial, 0)
      renameSync(partial, path)
      this.decodedCount += 1
    } catch (error) {
      rmSync(partial, { force: true })
      throw error
    }
  }
}
