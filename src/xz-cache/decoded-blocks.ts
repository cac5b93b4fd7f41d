import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError } from '../errors.ts'
import { cacheError } from '../host/cache-error.ts'
import { OWNER_ONLY, OWNER_ONLY_FOLDER } from '../host/owner-only.ts'
import { discardPartial, isSealed, sealFile } from '../host/sealed-file.ts'
import type { XzBlock, XzLayout } from '../xz/container/xz-layout.ts'
import type { BlockWorkers } from '../xz/threads/block-workers.ts'

/** A system lets a process have a few hundred open; some .xz files have a hundred thousand blocks. */
const MAX_OPEN_FILES = 32

/**
 * Blocks of an .xz file that were decoded, each as a sparse file in a folder that is kept from build to build and shared by
 * builds at the same time: a name appears only once its file is whole. What goes wrong with these files is told as a failure of the
 * cache: they are written in the middle of other work, which would take it for its own.
 */
export class DecodedBlocks {
  readonly #path: string
  readonly #layout: XzLayout
  readonly #folder: string
  readonly #workers: BlockWorkers
  readonly #requireUnchanged: () => void
  /** Blocks whose files were compared with their SHA-256, or decoded, in this process. */
  readonly #trusted = new Set<number>()
  readonly #open = new Map<number, number>()
  /** Blocks that this process had to decode. */
  decodedCount = 0

  /** `requireUnchanged` throws where the .xz is not the one any more whose layout this is. */
  constructor(path: string, layout: XzLayout, folder: string, workers: BlockWorkers, requireUnchanged: () => void) {
    this.#requireUnchanged = requireUnchanged
    this.#path = path
    this.#layout = layout
    this.#folder = folder
    this.#workers = workers
  }

  /** Path of a block's file, decoded now where it is not there. */
  pathOf(index: number): string {
    const path = join(this.#folder, `${index}.raw`)
    if (this.#trusted.has(index)) return path
    const block = this.#layout.blocks[index]
    if (block === undefined) throw new BuildError('BUG', { state: `the .xz has no block ${index}` })
    if (!isSealed(path)) this.#decode(block, path)
    this.#trusted.add(index)
    return path
  }

  /** An open descriptor of a block's file, to be used at once: it belongs to this object, which keeps the last few open. */
  descriptorOf(index: number): number {
    const fd = this.#open.get(index) ?? this.#openFile(this.pathOf(index))
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

  #openFile(path: string): number {
    try {
      return openSync(path, 'r')
    } catch (error) {
      throw cacheError(error, this.#folder)
    }
  }

  #decode(block: XzBlock, path: string): void {
    // A name of its own: another build may be decoding the same block.
    const partial = `${path}.${randomUUID()}.partial`
    try {
      // The .xz may be one that bantam built, and hold a node's secrets.
      mkdirSync(this.#folder, { recursive: true, mode: OWNER_ONLY_FOLDER })
      closeSync(openSync(partial, 'wx', OWNER_ONLY))
      truncateSync(partial, block.byteLength)
      this.#workers.decodeToFileSync(this.#path, block, partial, 0)
      this.#requireUnchanged()
      sealFile(partial, path)
      this.decodedCount += 1
    } catch (error) {
      discardPartial(partial)
      // A base that is gone or another one now is no matter of the cache.
      this.#requireUnchanged()
      throw cacheError(error, this.#folder)
    }
  }
}
