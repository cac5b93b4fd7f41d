import { equalBytes } from '../bytes/equal-bytes.ts'
import { KIB } from '../units.ts'
import type { ReadableDevice, WritableDevice } from './block-device.ts'
import { requireRange } from './require-range.ts'

/** Length of a page in bytes. Edits are kept in pages: ext4's usual block, eight sectors. */
export const PAGE_BYTES = 4 * KIB

/** A page that differs from the base. */
export interface ChangedPage {
  readonly byteOffset: number
  readonly bytes: Uint8Array
}

/** A writable view of a read-only device. Writes stay in memory, in pages. The base never changes. */
export class OverlayDevice implements WritableDevice {
  readonly base: ReadableDevice
  readonly #pages = new Map<number, Uint8Array>()

  constructor(base: ReadableDevice) {
    this.base = base
  }

  get byteLength(): number {
    return this.base.byteLength
  }

  read(byteOffset: number, into: Uint8Array): void {
    requireRange(this, byteOffset, into.byteLength)
    // Reads the whole range from the base first. Most pages are unchanged, and one large read is far faster than many
    // small ones.
    this.base.read(byteOffset, into)
    forEachPage(byteOffset, into.byteLength, (index, start, done, byteLength) => {
      const page = this.#pages.get(index)
      if (page !== undefined) into.set(page.subarray(start, start + byteLength), done)
    })
  }

  write(byteOffset: number, bytes: Uint8Array): void {
    requireRange(this, byteOffset, bytes.byteLength)
    forEachPage(byteOffset, bytes.byteLength, (index, start, done, byteLength) => {
      this.#page(index).set(bytes.subarray(done, done + byteLength), start)
    })
  }

  /**
   * Returns the pages that differ from the base, by ascending offset. A page that was written with its old content is
   * left out.
   */
  changedPages(): readonly ChangedPage[] {
    const changed: ChangedPage[] = []
    for (const index of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const bytes = this.#pages.get(index)
      const byteOffset = index * PAGE_BYTES
      if (bytes === undefined || equalBytes(bytes, this.#readBase(byteOffset, bytes.byteLength))) continue
      changed.push({ byteOffset, bytes })
    }
    return changed
  }

  #page(index: number): Uint8Array {
    const known = this.#pages.get(index)
    if (known !== undefined) return known
    const byteOffset = index * PAGE_BYTES
    const page = this.#readBase(byteOffset, Math.min(PAGE_BYTES, this.byteLength - byteOffset))
    this.#pages.set(index, page)
    return page
  }

  #readBase(byteOffset: number, byteLength: number): Uint8Array {
    const bytes = new Uint8Array(byteLength)
    this.base.read(byteOffset, bytes)
    return bytes
  }
}

/**
 * Calls back once for each page that a range touches. The callback gets the start in the page, and how many bytes of
 * the range came before it.
 */
function forEachPage(
  byteOffset: number,
  byteLength: number,
  visit: (index: number, start: number, done: number, byteLength: number) => void,
): void {
  for (let done = 0; done < byteLength;) {
    const index = Math.floor((byteOffset + done) / PAGE_BYTES)
    const start = byteOffset + done - index * PAGE_BYTES
    const pieceLength = Math.min(PAGE_BYTES - start, byteLength - done)
    visit(index, start, done, pieceLength)
    done += pieceLength
  }
}
