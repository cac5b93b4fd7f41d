import { type CacheContext, withCacheEntry } from './cache-context.ts'
import { type IndexRecord, writeIndexRecord } from './cache-index.ts'

/**
 * Records the file that a catalog id or a URL leads to now. Later builds without a network use it. Locks the entry of
 * `key`.
 */
export async function rememberFile(context: CacheContext, key: string, record: IndexRecord): Promise<void> {
  await withCacheEntry(context, `index-${key}`, record.url, async (locked) => {
    await writeIndexRecord(locked, key, record)
  })
}
