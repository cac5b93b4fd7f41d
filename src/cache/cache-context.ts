import { join } from 'node:path'
import { planTransfer, type Transfer, type TransferOptions } from '../download/transfer.ts'
import { type LockTiming, withLock } from '../host/with-lock.ts'
import type { Progress } from '../progress.ts'
import { type CacheFolders, locateCache, makeCacheFolders } from './cache-folders.ts'

/** The cache that an operation uses, and the limits of the machine it runs on. */
export interface CacheOptions {
  /** All builds of this user share it. It is created if it is missing. */
  readonly cacheFolder: string
  /** Threads that pack and unpack. */
  readonly workerCount: number
  readonly signal: AbortSignal
  readonly progress: Progress
  readonly transfer?: TransferOptions
  /**
   * True: no note in the cache is believed. A file is used if its own SHA-256 is that of the published file. What bantam
   * made of such a file is made again, or compared with it again. Default: false.
   */
  readonly recheck?: boolean
  readonly lockTiming?: LockTiming
  /** Gets the paths of damaged files. Several operations may share it. Default: the operation keeps them to itself. */
  readonly damagedFiles?: Set<string>
  /** Several operations of one build may share what they have checked. Default: the operation keeps it to itself. */
  readonly checkedFiles?: Map<string, HashedFile>
}

/** A cached file that was read whole. */
export interface HashedFile {
  /** `fileState`, taken before it was read. */
  readonly state: string
  readonly sha256: string
  /** True: this build made the file, or compared it with what it was made of, and believed no note. */
  readonly isMade: boolean
}

/** What every function that gets a file through the cache needs. */
export interface CacheContext {
  readonly cache: CacheFolders
  readonly workerCount: number
  readonly transfer: Transfer
  readonly progress: Progress
  readonly lockTiming?: LockTiming
  readonly recheck: boolean
  /** True: the SHA-256 of a file is computed again, although its state has not changed. */
  readonly rehash: boolean
  /** Throws `FILE_LOCK_LOST` if this operation holds a lock that another build has taken over. */
  readonly requireHeld: () => Promise<void>
  /** The files whose SHA-256 this operation has computed, by path. */
  readonly checkedFiles: Map<string, HashedFile>
  /** Paths of cached files that differ from their SHA-256, and are made again. */
  readonly damagedFiles: Set<string>
}

/** Makes the context of one operation. The caller that starts the operation makes it once and passes it on. */
export function planCacheContext(options: CacheOptions): CacheContext {
  const { cacheFolder, workerCount, signal, progress, transfer = {}, recheck = false, lockTiming } = options
  const { damagedFiles = new Set<string>(), checkedFiles = new Map<string, HashedFile>() } = options
  return {
    cache: locateCache(cacheFolder),
    workerCount,
    progress,
    transfer: planTransfer(signal, transfer),
    recheck,
    rehash: recheck,
    requireHeld: () => Promise.resolve(),
    checkedFiles,
    damagedFiles,
    ...(lockTiming === undefined ? {} : { lockTiming }),
  }
}

/**
 * Locks one entry of the cache while `work` runs. While another build holds the lock, `progress` gets the step `wait`.
 * The signal in the context of `work` aborts when the lock is lost. Throws what `makeCacheFolders` and `withLock`
 * throw.
 */
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
  return withLock(join(cache.locks, `${name}.lock`), options, (signal, requireHeld) =>
    work({ ...context, transfer: { ...transfer, signal }, requireHeld }),
  )
}
