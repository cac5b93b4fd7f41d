import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Validators } from '../download/partial-download.ts'
import { writeAtomicFile } from '../host/atomic-file.ts'

/** Which file a catalog id or a URL stood for when it was last fetched. */
export interface IndexRecord extends Validators {
  /** Without user, password and query. */
  readonly url: string
  /** Of the file as published. */
  readonly sha256: string
  /** Whether a publisher's list or a pin confirms it. */
  readonly verified: boolean
  /** ISO 8601, by the clock of the build that fetched it. */
  readonly obtainedAt: string
}

/** Looks up what `key` last stood for; null where it was never fetched. */
export async function loadIndexRecord(indexFolder: string, key: string): Promise<IndexRecord | null> {
  try {
    return JSON.parse(await readFile(join(indexFolder, `${key}.json`), 'utf8')) as IndexRecord
  } catch {
    return null
  }
}

/** Notes what `key` stands for now. The caller holds the lock of `key`. */
export async function writeIndexRecord(indexFolder: string, key: string, record: IndexRecord): Promise<void> {
  await writeAtomicFile(join(indexFolder, `${key}.json`), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o644 })
}
