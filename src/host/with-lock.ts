import { type FileHandle, mkdir, open, rm, rmdir, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { BuildError } from '../errors.ts'

export interface LockTiming {
  /** How often one who waits looks. */
  readonly pollMs: number
  /** How often the holder shows that it lives. */
  readonly heartbeatMs: number
  /** A holder that shows nothing for so long is taken for dead. Several heartbeats, since a busy process is late. */
  readonly staleAfterMs: number
}

export interface LockOptions {
  readonly signal: AbortSignal
  /** Called at each look while another holds the lock. */
  readonly onWait: () => void
  readonly timing?: LockTiming
}

const usualTiming: LockTiming = { pollMs: 200, heartbeatMs: 1_000, staleAfterMs: 10_000 }

/**
 * Does work that one at a time may do. The lock is a file that its holder writes to again and again.
 * Whether it lives is told by that alone: no clock is compared and no process asked for, so it holds between containers
 * and over network file systems. The signal given to `work` also ends it where another took the lock over; `requireHeld`
 * looks at once, for a step that cannot be undone, and throws `FILE_LOCK_LOST`.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: (signal: AbortSignal, requireHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const timing = options.timing ?? usualTiming
  const file = await acquire(path, options, timing)
  const lost = new AbortController()
  const heartbeat = setInterval(() => {
    beat(file, path).catch((cause: unknown) => {
      lost.abort(lockLost(path, cause))
    })
  }, timing.heartbeatMs)
  heartbeat.unref()
  try {
    return await work(AbortSignal.any([options.signal, lost.signal]), () => requireSame(file, path))
  } finally {
    clearInterval(heartbeat)
    await release(file, path)
  }
}

async function acquire(path: string, { signal, onWait }: LockOptions, timing: LockTiming): Promise<FileHandle> {
  let seen: string | null = null
  for (let unchangedMs = 0; ; unchangedMs += timing.pollMs) {
    signal.throwIfAborted()
    const file = await create(path)
    if (file !== null) return file
    const state = await stateOf(path)
    if (state !== seen) unchangedMs = 0
    seen = state
    if (state !== null && unchangedMs >= timing.staleAfterMs) await removeStale(path, state, timing)
    onWait()
    await sleep(timing.pollMs, undefined, { signal })
  }
}

async function create(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
    throw error
  }
}

/** Changes with each heartbeat and each holder; null where the lock is free. */
async function stateOf(path: string): Promise<string | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null)
  return stats === null ? null : `${stats.ino} ${stats.mtimeNs}`
}

/** Removes a dead holder's lock. Of several that see it dead one does so, and only if it is still the same lock. */
async function removeStale(path: string, state: string, timing: LockTiming): Promise<void> {
  const guard = `${path}.stale`
  try {
    await mkdir(guard)
  } catch {
    // Another is at it, which takes no time. A guard that stays belongs to one that died there.
    const guardState = await stateOf(guard)
    await sleep(timing.staleAfterMs)
    if (guardState !== null && (await stateOf(guard)) === guardState) await rmdir(guard).catch(() => undefined)
    return
  }
  try {
    if ((await stateOf(path)) === state) await rm(path, { force: true })
  } finally {
    await rmdir(guard).catch(() => undefined)
  }
}

/** Renews the file's time of change; throws where the file at the path is no longer the one that we hold. */
async function beat(file: FileHandle, path: string): Promise<void> {
  await file.write('.', 0)
  await requireSame(file, path)
}

async function requireSame(file: FileHandle, path: string): Promise<void> {
  const [held, present] = await Promise.all([file.stat({ bigint: true }), stat(path, { bigint: true })]).catch(
    (cause: unknown) => {
      throw lockLost(path, cause)
    },
  )
  if (held.ino !== present.ino) throw lockLost(path)
}

function lockLost(lock: string, cause?: unknown): BuildError {
  return new BuildError('FILE_LOCK_LOST', { lock }, { cause })
}

async function release(file: FileHandle, path: string): Promise<void> {
  try {
    await requireSame(file, path)
    await rm(path, { force: true })
  } catch {
    // Another took the lock over: it is not ours to remove.
  } finally {
    await file.close()
  }
}
