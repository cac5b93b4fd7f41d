import { join } from 'node:path'
import type { Transfer } from '../download/transfer.ts'
import { type LockTiming, withLock } from '../host/with-lock.ts'
import type { Progress } from '../progress.ts'
import { type CacheFolders, openCache } from './cache-folders.ts'

/** What every way to a file needs. */
export interface CacheContext {
  readonly cacheFolder: string
  readonly transfer: Transfer
  readonly progress: Progress
  readonly lockTiming?: LockTiming
}

/** Locks one entry of the cache, saying on `progress` while another build has it, and lends the cache. */
export async function withCacheEntry<T>(
  context: CacheContext,
  name: string,
  subject: string,
  work: (locked: CacheContext, cache: CacheFolders) => Promise<T>,
): Promise<T> {
  const cache = await openCache(context.cacheFolder)
  const onWait = (): void => {
    context.progress({ step: 'wait', subject, completedBytes: 0, totalBytes: null })
  }
  const { transfer, lockTiming } = context
  const options = { signal: transfer.signal, onWait, ...(lockTiming === undefined ? {} : { timing: lockTiming }) }
  return withLock(join(cache.locks, `${name}.lock`), options, (signal) =>
    work({ ...context, transfer: { ...transfer, signal } }, cache),
  )
}
