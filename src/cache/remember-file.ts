import { type CacheContext, withCacheEntry } from './cache-context.ts'
import { type IndexRecord, writeIndexRecord } from './cache-index.ts'

/** Notes which file a catalog id or a URL stands for now, for builds without a network. */
export async function rememberFile(context: CacheContext, key: string, record: IndexRecord): Promise<void> {
  await withCacheEntry(context, `index-${key}`, record.url, async ({ cache }) => {
    await writeIndexRecord(cache.index, key, record)
  })
}
