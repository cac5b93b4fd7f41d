import { type FileHandle, mkdir, open, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { BuildError } from '../errors.ts'
import { describeThisProcess, formatLockHolder, isDead, parseLockHolder } from './lock-holder.ts'

export interface LockTiming {
  /** How often a waiting process looks at the lock. */
  readonly pollMs: number
  /** How often the holder writes a heartbeat. */
  readonly heartbeatMs: number
  /**
   * A holder without a heartbeat for this time counts as dead. It spans several heartbeats, because a busy process is
   * late.
   */
  readonly staleAfterMs: number
}

export interface LockOptions {
  readonly signal: AbortSignal
  /** Called at each look while another process holds the lock. */
  readonly onWait: () => void
  readonly timing?: LockTiming
  /** This machine, if left out. A test passes another one. */
  readonly system?: LockSystem
}

/** What making and removing a lock needs of this machine. */
export interface LockSystem {
  readonly platform: NodeJS.Platform
  readonly open: (path: string, flags: 'wx', mode: number) => Promise<FileHandle>
  readonly rm: (path: string, options: { readonly force: true }) => Promise<void>
}

const thisSystem: LockSystem = { platform: platform(), open, rm }

/** First byte of a lock file. */
const HEARTBEAT = '.'

const usualTiming: LockTiming = { pollMs: 200, heartbeatMs: 1_000, staleAfterMs: 10_000 }

/**
 * Runs `work` while it holds a lock, so that only one process at a time does it. The lock is a file that its holder
 * writes again and again. These heartbeats show that the holder is alive. No clocks are compared, so the lock works
 * between containers and on network file systems. The file also names its holder: a process that sees that the holder
 * is dead, because both run in one place, takes over the lock at once. The signal given to `work` also aborts if
 * another process took over the lock. Call `requireHeld` before a step that cannot be undone: it looks at the lock at
 * once, and throws `FILE_LOCK_LOST`.
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
    await release(file, path, options.system)
  }
}

async function acquire(
  path: string,
  { signal, onWait, system = thisSystem }: LockOptions,
  timing: LockTiming,
): Promise<FileHandle> {
  const content = `${HEARTBEAT}${formatLockHolder(await describeThisProcess())}`
  let seen: string | null = null
  let deniedMs = 0
  for (let unchangedMs = 0; ; unchangedMs += timing.pollMs) {
    signal.throwIfAborted()
    const file = await create(path, content, system).catch((error: unknown) => {
      deniedMs += timing.pollMs
      if (!mayBeDeleted(error, system) || deniedMs > timing.staleAfterMs) throw error
      return null
    })
    if (file !== null) return file
    const state = await stateOf(path)
    if (state !== null) deniedMs = 0
    if (state !== seen) unchangedMs = 0
    seen = state
    // The holder is read after the state: a lock that changed in between is not removed.
    if (state !== null && (unchangedMs >= timing.staleAfterMs || (await hasDeadHolder(path)))) {
      await removeStale(path, state, timing)
      continue
    }
    onWait()
    await sleep(timing.pollMs, undefined, { signal })
  }
}

async function create(path: string, content: string, system: LockSystem): Promise<FileHandle | null> {
  const file = await system.open(path, 'wx', 0o644).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
    throw error
  })
  try {
    // Reserves the space that heartbeats need, before the work fills the disk.
    await file?.write(content, 0)
    return file
  } catch (error) {
    if (file !== null) await release(file, path, system)
    throw error
  }
}

/**
 * Says whether a lock may be refused because its holder has just removed it. On Windows, the name of a removed file stays as
 * long as any program, such as a virus scanner, has the file open, and nobody can make it again. The same error can mean that
 * this user may not write there, so it is believed only for a while.
 */
function mayBeDeleted(error: unknown, { platform }: LockSystem): boolean {
  const { code } = error as NodeJS.ErrnoException
  return platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY')
}

async function hasDeadHolder(path: string): Promise<boolean> {
  const holder = parseLockHolder(await readFile(path, 'utf8').catch(() => ''))
  return holder !== null && (await isDead(holder))
}

/** Returns a text that changes with each heartbeat and each holder. Null: the lock is free. */
async function stateOf(path: string): Promise<string | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null)
  return stats === null ? null : `${stats.ino} ${stats.mtimeNs}`
}

/**
 * Removes a dead holder's lock. If several processes see a dead holder, one of them removes the lock, and only if it is
 * still the same lock.
 */
async function removeStale(path: string, state: string, timing: LockTiming): Promise<void> {
  const guard = `${path}.stale`
  try {
    await mkdir(guard)
  } catch {
    // Another process is removing the lock, which takes almost no time. A guard that stays belongs to a process that
    // died there.
    const guardState = await stateOf(guard)
    for (let waitedMs = 0; waitedMs < timing.staleAfterMs; waitedMs += timing.pollMs) {
      if (guardState === null || (await stateOf(guard)) !== guardState) return
      await sleep(timing.pollMs)
    }
    await rmdir(guard).catch(() => undefined)
    return
  }
  try {
    if ((await stateOf(path)) === state) await rm(path, { force: true })
  } finally {
    await rmdir(guard).catch(() => undefined)
  }
}

/**
 * Writes a heartbeat, which updates the file's time of change. Throws if the file at the path is no longer ours. A
 * heartbeat that cannot be written, as on a full disk, does not lose the lock. If that continues, another process may
 * take over the lock, and then it is lost.
 */
async function beat(file: FileHandle, path: string): Promise<void> {
  // One byte, which is already there: the line after it stays, and no space is necessary.
  await file.write(HEARTBEAT, 0).catch(() => undefined)
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

async function release(file: FileHandle, path: string, { rm } = thisSystem): Promise<void> {
  try {
    await requireSame(file, path)
    // Windows keeps the name of a file that is removed while it is open.
    await file.close()
    await rm(path, { force: true })
  } catch {
    // Another process took over the lock, so we must not remove it.
  } finally {
    await file.close()
  }
}
