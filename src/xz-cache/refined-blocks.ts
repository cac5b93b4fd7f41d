import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { withFileDevice } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import { cacheError } from '../host/cache-error.ts'
import { OWNER_ONLY } from '../host/owner-only.ts'
import { discardPartial, isSealed, sealFile } from '../host/sealed-file.ts'
import { KIB, MIB } from '../units.ts'
import { readXzLayout, type XzBlock, type XzLayout } from '../xz/container/xz-layout.ts'
import type { BlockWorkers } from '../xz/threads/block-workers.ts'
import { packFile, type PackOptions } from '../xz/threads/pack-file.ts'
import type { DecodedBlocks } from './decoded-blocks.ts'

/** Unpacked bytes of a part. It compresses nearly as well as a whole block. */
const PART_BYTES = MIB
/** Unpacked bytes of a piece. If one byte of it changes, the piece is stored again. */
const PIECE_BYTES = 64 * KIB

/** A range of the source, packed again as an .xz file with smaller blocks. */
export interface RefinedBlock {
  /** In a folder that only this user can write to. */
  readonly file: string
  readonly layout: XzLayout
}

/**
 * Blocks of an .xz file that nodes edit, packed again as smaller blocks. LZMA2 data depend on all earlier data of their
 * block, so one changed byte invalidates the rest of the block. In pieces, it invalidates one piece. Small pieces
 * compress worse, so a block is first cut into parts, and only parts with edits are cut into pieces. The results are
 * kept next to the decoded blocks. They depend only on the block's data: every build on every machine makes the same
 * bytes.
 */
export class RefinedBlocks {
  readonly #layout: XzLayout
  readonly #blocks: DecodedBlocks
  readonly #folder: string
  readonly #workers: BlockWorkers
  readonly #refined = new Map<string, Promise<RefinedBlock>>()

  constructor(layout: XzLayout, blocks: DecodedBlocks, folder: string, workers: BlockWorkers) {
    this.#layout = layout
    this.#blocks = blocks
    this.#folder = folder
    this.#workers = workers
  }

  /** Returns a block in parts of 1 MiB. Packs them if that was not done before. */
  parts(index: number): Promise<RefinedBlock> {
    return this.#obtain(
      `${index}.parts.xz`,
      index,
      { byteOffset: 0, byteLength: this.#blockAt(index).byteLength },
      PART_BYTES,
    )
  }

  /** Returns a range of a block in pieces of 64 KiB. */
  pieces(index: number, range: { readonly byteOffset: number; readonly byteLength: number }): Promise<RefinedBlock> {
    return this.#obtain(`${index}.${range.byteOffset}.pieces.xz`, index, range, PIECE_BYTES)
  }

  /** Packs once, even for two calls at the same time. */
  #obtain(
    name: string,
    index: number,
    range: NonNullable<PackOptions['range']>,
    blockBytes: number,
  ): Promise<RefinedBlock> {
    let refined = this.#refined.get(name)
    if (refined === undefined) {
      refined = this.#pack(join(this.#folder, name), index, range, blockBytes)
      this.#refined.set(name, refined)
      refined.catch(() => this.#refined.delete(name))
    }
    return refined
  }

  async #pack(
    path: string,
    index: number,
    range: NonNullable<PackOptions['range']>,
    blockBytes: number,
  ): Promise<RefinedBlock> {
    try {
      if (!isSealed(path)) await this.#packAnew(path, index, range, blockBytes)
      return { file: path, layout: await withFileDevice(path, (device) => readXzLayout(device, path)) }
    } catch (error) {
      throw cacheError(error, this.#folder)
    }
  }

  async #packAnew(
    path: string,
    index: number,
    range: NonNullable<PackOptions['range']>,
    blockBytes: number,
  ): Promise<void> {
    // The name is unique, because another build may be packing the same block.
    const partial = `${path}.${randomUUID()}.partial`
    try {
      await packFile(this.#blocks.pathOf(index), partial, this.#workers, {
        blockBytes,
        check: this.#blockAt(index).check,
        mode: OWNER_ONLY,
        range,
      })
      sealFile(partial, path)
    } catch (error) {
      discardPartial(partial)
      throw error
    }
  }

  #blockAt(index: number): XzBlock {
    const block = this.#layout.blocks[index]
    if (block === undefined) throw new BuildError('BUG', { state: `the .xz has no block ${index}` })
    return block
  }
}
