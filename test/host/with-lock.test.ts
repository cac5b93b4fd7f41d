import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type * as FsPromises from 'node:fs/promises'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type LockSystem, withLock } from '../../src/host/with-lock.ts'
import { expectRejection } from '../support/expect-code.ts'
import { canMount, mountSmallDisk } from '../support/small-disk.ts'
import { temporaryFolder } from '../support/small-image.ts'

/** The files that were opened, so that a test can have the system refuse a write. */
const handles = vi.hoisted(() => [] as { write: () => Promise<never> }[])
/** What happens just before a folder is made. */
const other = vi.hoisted(() => ({ beforeMkdir: (): void => undefined }))
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof FsPromises>()
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      const handle = await real.open(...args)
      handles.push(handle as unknown as { write: () => Promise<never> })
      return handle
    },
    mkdir: (...args: Parameters<typeof real.mkdir>) => {
      other.beforeMkdir()
      return real.mkdir(...args)
    },
  }
})

const timing = { pollMs: 5, heartbeatMs: 20, staleAfterMs: 400 }
const signal = new AbortController().signal
const options = { signal, onWait: () => undefined, timing }

test('runs all callers, one at a time, and leaves no files', async () => {
  const folder = temporaryFolder()
  let inside = 0
  let done = 0
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(join(folder, 'a.lock'), options, async () => {
        expect(++inside).toBe(1)
        await sleep(10)
        inside--
        done++
      }),
    ),
  )
  expect(done).toBe(8)
  expect(readdirSync(folder)).toEqual([])
})

/** Holds a lock until it is let go. Resolves once it is held: how long that takes, the disk decides. */
async function hold(path: string): Promise<{ readonly letGo: () => void; readonly done: Promise<void> }> {
  let letGo: () => void = () => undefined
  const untilLetGo = new Promise<void>((resolve) => (letGo = resolve))
  let done: Promise<void> = Promise.resolve()
  await new Promise<void>((resolve, reject) => {
    done = withLock(path, options, () => {
      resolve()
      return untilLetGo
    })
    done.catch(reject)
  })
  return { letGo, done }
}

test('reports that it waits, and waits for a living holder without a limit', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  const { letGo, done } = await hold(path)
  // So many looks without a sign of life would make the holder a dead one, twice.
  const looks = (2 * timing.staleAfterMs) / timing.pollMs
  let waits = 0
  const onWait = (): void => {
    waits += 1
    if (waits === looks) letGo()
  }
  await withLock(path, { ...options, onWait }, () => {
    expect(waits).toBeGreaterThanOrEqual(looks)
    return Promise.resolve()
  })
  await done
})

test('takes over the lock of a build that was killed, once', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  writeFileSync(path, '.')
  let inside = 0
  await Promise.all(
    [1, 2, 3].map(() =>
      withLock(path, options, async () => {
        expect(++inside).toBe(1)
        await sleep(30)
        inside--
      }),
    ),
  )
  expect(existsSync(path)).toBe(false)
})

test('takes over the lock even if another build was killed while taking it over', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  writeFileSync(path, '.')
  mkdirSync(`${path}.stale`)
  await withLock(path, options, () => Promise.resolve())
  expect([existsSync(path), existsSync(`${path}.stale`)]).toEqual([false, false])
})

test('removes only the lock that it has seen without a heartbeat, and not the one of a build that was faster', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  writeFileSync(path, '.')
  let [waits, takenOver] = [0, false]
  other.beforeMkdir = () => {
    if (takenOver) return
    takenOver = true
    // Another build has seen the same dead holder, and holds the lock now.
    writeFileSync(`${path}.new`, '.')
    renameSync(`${path}.new`, path)
  }
  onTestFinished(() => void (other.beforeMkdir = () => undefined))
  const onWait = (): void => {
    // It is alive for a while, then it lets the lock go.
    if (takenOver) waits += 1
    if (waits === 10) rmSync(path)
  }
  await withLock(path, { ...options, onWait }, () => {
    expect(waits).toBe(10)
    return Promise.resolve()
  })
})

test('ends work whose lock another build took over, and leaves that lock alone', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  const work = withLock(path, options, async (held) => {
    rmSync(path)
    writeFileSync(path, 'another')
    await sleep(5000, undefined, { signal: held }).catch(() => undefined)
    held.throwIfAborted()
  })
  await expectRejection('FILE_LOCK_LOST', work)
  expect(existsSync(path)).toBe(true)
})

test('detects at once that another process took over the lock, before the next heartbeat', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  const work = (replace: () => void) =>
    withLock(path, { ...options, timing: { ...timing, heartbeatMs: 60_000 } }, async (held, requireHeld) => {
      await requireHeld()
      replace()
      expect(held.aborted).toBe(false)
      await requireHeld()
    })
  await expectRejection(
    'FILE_LOCK_LOST',
    work(() => {
      rmSync(path)
    }),
  )
  await expectRejection(
    'FILE_LOCK_LOST',
    work(() => {
      renameSync(path, `${path}.old`)
      writeFileSync(path, 'another')
    }),
  )
})

test('frees the lock when the work fails', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  await expect(withLock(path, options, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed')
  expect(existsSync(path)).toBe(false)
})

test('stops waiting on an abort', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  const { letGo, done } = await hold(path)
  const controller = new AbortController()
  const onWait = (): void => {
    controller.abort()
  }
  const waiting = withLock(path, { ...options, signal: controller.signal, onWait }, () => Promise.resolve())
  await expect(waiting).rejects.toThrow(/abort/)
  letGo()
  await done
})

describe.skipIf(!canMount())('on a full disk', () => {
  const fill = (folder: string): void => {
    expect(() => {
      writeFileSync(join(folder, 'large'), Buffer.alloc(100_000))
    }).toThrow('ENOSPC')
  }

  test('a holder keeps its lock: its heartbeats need no space', async () => {
    const folder = join(temporaryFolder(), 'small')
    mountSmallDisk(folder, '64k')
    const path = join(folder, 'a.lock')
    const timeOf = (): bigint => statSync(path, { bigint: true }).mtimeNs
    await withLock(path, options, async (held) => {
      fill(folder)
      for (let beats = 0; beats < 3; beats += 1) {
        const before = timeOf()
        while (!held.aborted && timeOf() === before) await sleep(5)
      }
      held.throwIfAborted()
    })
    expect(readdirSync(folder)).toEqual(['large'])
  })

  test('a lock without space for heartbeats is not acquired, and leaves no file', async () => {
    const folder = join(temporaryFolder(), 'small')
    mountSmallDisk(folder, '64k')
    fill(folder)
    const work = withLock(join(folder, 'a.lock'), options, () => Promise.resolve())
    await expect(work).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(readdirSync(folder)).toEqual(['large'])
  })
})

test('a failed heartbeat does not lose the lock', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  let failures = 0
  await withLock(path, options, async (held) => {
    const handle = handles.at(-1)
    if (handle === undefined) throw new Error('the lock was not opened')
    handle.write = () => {
      failures += 1
      return Promise.reject(Object.assign(new Error('as the system says'), { code: 'ENOSPC' }))
    }
    while (!held.aborted && failures < 3) await sleep(5)
    held.throwIfAborted()
  })
  expect(failures).toBeGreaterThanOrEqual(3)
})

describe('where the name of a removed file stays while the file is open, as on Windows', () => {
  /** Refuses to make a name whose file was removed and is still open. `linger`: so many more refusals, as of a virus scanner. */
  function windows(linger = 0): {
    readonly system: LockSystem
    readonly refusals: () => number
    readonly removedOpen: () => number
  } {
    let openFiles = 0
    let isPending = false
    let lingering = 0
    let refusals = 0
    let removedOpen = 0
    const system: LockSystem = {
      platform: 'win32',
      open: async (path, flags) => {
        if (openFiles === 0 && lingering === 0) isPending = false
        if (isPending) {
          lingering = Math.max(0, lingering - 1)
          refusals += 1
          throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' })
        }
        const file = await open(path, flags)
        openFiles += 1
        const close = file.close.bind(file)
        let isOpen = true
        file.close = async () => {
          openFiles -= isOpen ? 1 : 0
          isOpen = false
          await close()
        }
        return file
      },
      rm: async (path, how) => {
        removedOpen += openFiles
        isPending = openFiles > 0 || linger > 0
        lingering = linger
        await rm(path, how)
      },
    }
    return { system, refusals: () => refusals, removedOpen: () => removedOpen }
  }
  const nothing = (): Promise<void> => Promise.resolve()

  test('a lock is closed before it is removed, so that its name is free at once', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    const { system, refusals, removedOpen } = windows()
    await withLock(path, { ...options, system }, nothing)
    expect([refusals(), removedOpen()]).toEqual([0, 0])
    expect(existsSync(path)).toBe(false)
  })

  test('a refused name counts as held until its removal is complete', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    const { system, refusals } = windows(3)
    await withLock(path, { ...options, system }, nothing)
    let waits = 0
    const onWait = (): void => void (waits += 1)
    await withLock(path, { ...options, onWait, system }, nothing)
    expect([refusals(), waits]).toEqual([3, 3])
  })

  test('a name that stays refused is an error of the system, and so it is at once on other systems', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    const refused = (platform: NodeJS.Platform): LockSystem => ({
      platform,
      open: () => Promise.reject(Object.assign(new Error('EPERM'), { code: 'EPERM' })),
      rm,
    })
    const waitsOn = async (platform: NodeJS.Platform): Promise<number> => {
      let waits = 0
      const onWait = (): void => void (waits += 1)
      const work = withLock(path, { ...options, onWait, system: refused(platform) }, nothing)
      await expect(work).rejects.toMatchObject({ code: 'EPERM' })
      return waits
    }
    expect(await waitsOn('linux')).toBe(0)
    expect(await waitsOn('win32')).toBe(timing.staleAfterMs / timing.pollMs)
  })
})

describe('a process that was killed just after it had made the lock', () => {
  const slow = { pollMs: 100, heartbeatMs: 1_000, staleAfterMs: 3_600_000 }

  test.each(['', '. {"place":"6f1f', '. {"place":"a","pid":1,"start":"1"}'])(
    'and wrote %j holds it for a moment only',
    async (content) => {
      const path = join(temporaryFolder(), 'a.lock')
      writeFileSync(path, content)
      expect(await withLock(path, { ...options, timing: slow }, () => Promise.resolve('done'))).toBe('done')
    },
  )

  test('is not one that describes no holder, or one of another machine', async () => {
    const folder = temporaryFolder()
    const elsewhere = '. {"place":"elsewhere","pid":1,"start":"1"}\n'
    for (const content of ['.', elsewhere]) writeFileSync(join(folder, `${content.length}.lock`), content)
    const waiting = ['.', elsewhere].map((content) =>
      withLock(
        join(folder, `${content.length}.lock`),
        { ...options, timing: slow, signal: AbortSignal.timeout(3_000) },
        () => Promise.resolve('taken'),
      ).catch(() => 'waited'),
    )
    expect(await Promise.all(waiting)).toEqual(['waited', 'waited'])
  })
})
