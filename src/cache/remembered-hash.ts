import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removePartials, writeAtomicFile } from '../host/atomic-file.ts'
import { fileState } from '../host/file-state.ts'
import { sha256File } from '../host/sha256-file.ts'
import { type CacheContext, withCacheEntry } from './cache-context.ts'
import { cacheKey } from './cache-folders.ts'

interface RememberedHash {
  readonly state: string
  readonly sha256: string
}

/**
 * Returns the SHA-256 of a user's file. The cache remembers it with the file's state. It is computed again if the state
 * differs, or if the context asks for it. `state` is the `fileState` from before. Throws the system's error.
 */
export async function rememberedHash(
  context: CacheContext,
  { path, state, byteLength }: { readonly path: string; readonly state: string; readonly byteLength: number },
): Promise<string> {
  const name = `hash-${cacheKey(path)}`
  const note = join(context.cache.index, `${name}.json`)
  const known = context.recheck ? null : await readNote(note)
  if (known?.state === state) return known.sha256
  const sha256 = await sha256File(path, {
    signal: context.transfer.signal,
    onProgress: (completedBytes) => {
      context.progress({ step: 'hash', subject: path, completedBytes, totalBytes: byteLength })
    },
  })
  // A file that was written meanwhile has a SHA-256 that belongs to no state of it.
  if ((await fileState(path)) === state) {
    await withCacheEntry(context, name, path, async ({ requireHeld }) => {
      await removePartials(note)
      const text = JSON.stringify({ state, sha256 } satisfies RememberedHash)
      await writeAtomicFile(note, text, { mode: 0o600, beforeRename: requireHeld })
    })
  }
  return sha256
}

async function readNote(path: string): Promise<RememberedHash | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RememberedHash
  } catch {
    // Nothing is remembered, or the note is damaged. It is written again.
    return null
  }
}
