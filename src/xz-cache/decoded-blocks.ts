import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenedFile } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import { cacheError } from '../host/cache-error.ts'
import { OWNER_ONLY, OWNER_ONLY_FOLDER } from '../host/owner-only.ts'
import { discardPartial, isSealed, sealFile } from '../host/sealed-file.ts'
import type { XzBlock, XzLayout } from '../xz/container/xz-layout.ts'
import type { BlockWorkers } from '../xz/threads/block-workers.ts'

/**
 * The largest number of open files. Systems allow a few hundred per process, and some .xz files have a hundred thousand
 * blocks.
 */
const MAX_OPEN_FILES = 32

/**
 * Decoded blocks of an .xz file, each in a sparse file. Their folder is kept between builds, and concurrent builds
 * share it: a name appears only when its file is complete. Errors of these files become errors of the cache. The files
 * are written during other work, which would otherwise report these errors as its errors.
 */
export class DecodedBlocks {
  readonly #file: OpenedFile
  readonly #layout: XzLayout
  readonly #folder: string
  readonly #workers: BlockWorkers
  readonly #requireUnchanged: () => void
  /** Blocks whose files this process has compared with their SHA-256, or has decoded. */
  readonly #trusted = new Set<number>()
  readonly #open = new Map<number, number>()
  /** Number of blocks that this process has decoded. */
  decodedCount = 0

  /** `requireUnchanged` throws if the .xz is no longer the file with this layout. */
  constructor(file: OpenedFile, layout: XzLayout, folder: string, workers: BlockWorkers, requireUnchanged: () => void) {
    this.#requireUnchanged = requireUnchanged
    this.#file = file
    this.#layout = layout
    this.#folder = folder
    this.#workers = workers
  }

  /** Returns the path of a block's file. Decodes the block if the file is missing. */
  pathOf(index: number): string {
    const path = join(this.#folder, `${index}.raw`)
    if (this.#trusted.has(index)) return path
    const block = this.#layout.blocks[index]
    if (block === undefined) throw new BuildError('BUG', { state: `the .xz has no block ${index}` })
    if (!isSealed(path)) this.#decode(block, path)
    this.#trusted.add(index)
    return path
  }

  /**
   * Returns an open descriptor of a block's file. Use it at once: this object owns it, and keeps only the last few
   * open.
   */
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
    // The name is unique, because another build may be decoding the same block.
    const partial = `${path}.${randomUUID()}.partial`
    try {
      // bantam may have built the .xz, which then holds a node's secrets.
      mkdirSync(this.#folder, { recursive: true, mode: OWNER_ONLY_FOLDER })
      closeSync(openSync(partial, 'wx', OWNER_ONLY))
      truncateSync(partial, block.byteLength)
      this.#workers.decodeToFileSync(this.#file, block, partial, 0)
      this.#requireUnchanged()
      sealFile(partial, path)
      this.decodedCount += 1
    } catch (error) {
      discardPartial(partial)
      // A base that is missing or changed is no error of the cache.
      this.#requireUnchanged()
      throw cacheError(error, this.#folder)
    }
  }
}
