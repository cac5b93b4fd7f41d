import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { MIB } from '../units.ts'
import { replaceFileSync } from './atomic-file.ts'
import { OWNER_ONLY } from './owner-only.ts'

const CHUNK_BYTES = MIB
const NOTE_SUFFIX = '.sha256'

/** Renames a finished file of the cache, then writes the note with its SHA-256. A file without its note is not used. */
export function sealFile(partial: string, path: string): void {
  const note = partialNotePath(partial)
  writeFileSync(note, sha256Of(partial), { flag: 'wx', mode: OWNER_ONLY })
  replaceFileSync(partial, path)
  replaceFileSync(note, notePath(path))
}

/**
 * Removes an unsealed file. It throws nothing, because the error that led here says more. A later build removes the
 * file if this fails.
 */
export function discardPartial(partial: string): void {
  for (const path of [partial, partialNotePath(partial)]) {
    try {
      rmSync(path, { force: true })
    } catch {
      // See above: the earlier error says more.
    }
  }
}

/**
 * Tells whether a file of the cache is unchanged since it was sealed. It reads the whole file, so call it once per
 * process.
 */
export function isSealed(path: string): boolean {
  try {
    return readFileSync(notePath(path), 'latin1') === sha256Of(path)
  } catch {
    // The file or its note is missing. The caller makes the file again.
    return false
  }
}

/** Tells whether a name is that of a note. Without its note, a file is made again. */
export function isSealNote(name: string): boolean {
  return name.endsWith(NOTE_SUFFIX)
}

function partialNotePath(partial: string): string {
  return `${partial}.note`
}

function notePath(path: string): string {
  return `${path}${NOTE_SUFFIX}`
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
