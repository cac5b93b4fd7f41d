import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { MIB } from '../units.ts'
import { replaceFileSync } from './atomic-file.ts'
import { OWNER_ONLY } from './owner-only.ts'

const CHUNK_BYTES = MIB

/** Gives a finished file of the cache its name, and after it the note with its SHA-256, without which it does not count. */
export function sealFile(partial: string, path: string): void {
  const note = partialNotePath(partial)
  writeFileSync(note, sha256Of(partial), { flag: 'wx', mode: OWNER_ONLY })
  replaceFileSync(partial, path)
  replaceFileSync(note, notePath(path))
}

/** Removes what was not sealed. Why it is removed says more than why it cannot be, so nothing is thrown; a later build removes it then. */
export function discardPartial(partial: string): void {
  for (const path of [partial, partialNotePath(partial)]) {
    try {
      rmSync(path, { force: true })
    } catch {
      // As said above.
    }
  }
}

/** Says whether a file of the cache is there as it was sealed. Reads all of it: ask once a process. */
export function isSealed(path: string): boolean {
  try {
    return readFileSync(notePath(path), 'latin1') === sha256Of(path)
  } catch {
    // Not there, or without its note: it is made anew.
    return false
  }
}

function partialNotePath(partial: string): string {
  return `${partial}.note`
}

function notePath(path: string): string {
  return `${path}.sha256`
}

function sha256Of(path: string): string {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(CHUNK_BYTES)
  const fd = openSync(path, 'r')
  try {
    for (;;) {
      const byteLength = readSync(fd, chunk)
      if (byteLength === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, byteLength))
    }
  } finally {
    closeSync(fd)
  }
}
