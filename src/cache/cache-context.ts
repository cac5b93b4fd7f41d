import { join } from 'node:path'
import { planTransfer, type Transfer, type TransferOptions } from '../download/transfer.ts'
import { type LockTiming, withLock } from '../host/with-lock.ts'
import type { Progress } from '../progress.ts'
import { type CacheFolders, locateCache, makeCacheFolders } from './cache-folders.ts'

/** What callers say of the cache that an operation uses, and of the machine it runs on. */
export interface CacheOptions {
  /** Shared by all builds of this user; made where it is missing. */
  readonly cacheFolder: string
  /** Threads that pack and unpack. */
  readonly workerCount: number
  readonly signal: AbortSignal
  readonly progress: Progress
  readonly transfer?: TransferOptions
  readonly lockTiming?: LockTiming
}

/** What every way to a file needs. */
export interface CacheContext {
  readonly cache: CacheFolders
  readonly workerCount: number
  readonly transfer: Transfer
  readonly progress: Progress
  readonly lockTiming?: LockTiming
}

/** Gives the context of one operation: made once by whoever starts it, and handed on. */
export function planCacheContext(options: CacheOptions): CacheContext {
  const { cacheFolder, workerCount, signal, progress, transfer = {}, lockTiming } = options
  return {
    cache: locateCache(cacheFolder),
    workerCount,
    progress,
    transfer: planTransfer(signal, transfer),
    ...(lockTiming === undefined ? {} : { lockTiming }),
  }
}

/** Locks one entry of the cache, saying on `progress` while another build has it. The work's context ends with the lock. */
export async function withCacheEntry<T>(
  context: CacheContext,
  name: string,
  subject: string,
  work: (locked: CacheContext) => Promise<T>,
): Promise<T> {
  const { cache, transfer, lockTiming } = context
  await makeCacheFolders(cache)
  const onWait = (): void => {
    context.progress({ step: 'wait', subject, completedBytes: 0, totalBytes: null })
  }
  const options = { signal: transfer.signal, onWait, ...(lockTiming === undefined ? {} : { timing: lockTiming }) }
  return withLock(join(cache.locks, `${name}.lock`), options, (signal) =>
    work({ ...context, transfer: { ...transfer, signal } }),
  )
}
