import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Validators } from '../download/partial-download.ts'
import { removePartials, writeAtomicFile } from '../host/atomic-file.ts'
import type { CacheContext } from './cache-context.ts'

/** The file that a catalog id or a URL led to when it was last fetched. */
export interface IndexRecord extends Validators {
  /** Without user, password and query. */
  readonly url: string
  /** Of the file as published. */
  readonly sha256: string
  /** True if `sha256` matched a publisher's list or a pin. */
  readonly verified: boolean
  /** ISO 8601, by the clock of the build that fetched it. */
  readonly obtainedAt: string
}

/** Reads the file that `key` last led to. Returns null if it was never fetched. */
export async function loadIndexRecord(indexFolder: string, key: string): Promise<IndexRecord | null> {
  try {
    return JSON.parse(await readFile(join(indexFolder, `${key}.json`), 'utf8')) as IndexRecord
  } catch {
    return null
  }
}

/** Writes the file that `key` leads to now. The caller holds the lock of `key`. */
export async function writeIndexRecord(
  { cache, requireHeld }: Pick<CacheContext, 'cache' | 'requireHeld'>,
  key: string,
  record: IndexRecord,
): Promise<void> {
  const path = join(cache.index, `${key}.json`)
  await removePartials(path)
  await writeAtomicFile(path, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o644, beforeRename: requireHeld })
}
