import { readSync } from 'node:fs'
import type { ReadableDevice } from '../disk/block-device.ts'
import { requireRange } from '../disk/require-range.ts'
import { BuildError } from '../errors.ts'
import { findBlock } from '../xz/container/find-block.ts'
import type { XzLayout } from '../xz/container/xz-layout.ts'
import type { DecodedBlocks } from './decoded-blocks.ts'

/** A random-access view of the unpacked data of an .xz with many blocks. A block is decoded at its first read. */
export class XzDevice implements ReadableDevice {
  readonly #layout: XzLayout
  readonly #blocks: DecodedBlocks

  constructor(layout: XzLayout, blocks: DecodedBlocks) {
    this.#layout = layout
    this.#blocks = blocks
  }

  get byteLength(): number {
    return this.#layout.byteLength
  }

  read(byteOffset: number, into: Uint8Array): void {
    requireRange(this, byteOffset, into.byteLength)
    for (let done = 0; done < into.byteLength;) {
      const index = findBlock(this.#layout, byteOffset + done)
      const { byteStart, byteLength } = blockAt(this.#layout, index)
      const start = byteOffset + done - byteStart
      const piece = into.subarray(done, done + Math.min(into.byteLength - done, byteLength - start))
      this.#readBlock(index, start, piece)
      done += piece.byteLength
    }
  }

  #readBlock(index: number, start: number, into: Uint8Array): void {
    const fd = this.#blocks.descriptorOf(index)
    for (let done = 0; done < into.byteLength;) {
      const byteLength = readSync(fd, into, done, into.byteLength - done, start + done)
      if (byteLength === 0)
        throw new BuildError('DISK_FILE_SHRANK', { file: `block ${index} of the cache`, byteOffset: start + done })
      done += byteLength
    }
  }
}

function blockAt(layout: XzLayout, index: number): XzLayout['blocks'][number] {
  const block = layout.blocks[index]
  if (block === undefined) throw new BuildError('BUG', { state: `the .xz has no block ${index}` })
  return block
}
