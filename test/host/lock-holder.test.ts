// @module-tag slow
/** Locks of real processes that were killed, stopped, or live in another PID namespace. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeThisProcess, formatLockHolder, isDead, parseLockHolder } from '../../src/host/lock-holder.ts'
import { withLock } from '../../src/host/with-lock.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

const testOnLinux = platform() === 'linux' ? test : test.skip
const testInNamespace =
  platform() === 'linux' &&
  process.getuid?.() === 0 &&
  run('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0
    ? testWith('unshare')
    : test.skip

const LOCK_MODULE = fileURLToPath(new URL('../../dist/host/with-lock.js', import.meta.url))
/** As in a build, but a dead holder is one without a sign of life for so long that no test waits for it by mistake. */
const timing = { pollMs: 5, heartbeatMs: 20, staleAfterMs: 600_000 }

interface Holder {
  readonly child: ChildProcess
  /** Its id, as the holder itself sees it. */
  readonly pid: number
  /** Ends it for good, and waits until the system has taken its last descriptor. */
  readonly kill: () => Promise<void>
}

/** Starts a process that holds a lock until it is killed. */
async function startHolder(path: string, before: readonly string[] = []): Promise<Holder> {
  const script = `
    import { withLock } from ${JSON.stringify(LOCK_MODULE)}
    const options = { signal: new AbortController().signal, onWait: () => undefined, timing: ${JSON.stringify(timing)} }
    await withLock(${JSON.stringify(path)}, options, async () => {
      process.stdout.write(String(process.pid))
      await new Promise(() => setInterval(() => undefined, 1000))
    })`
  // env is replaced by the program that it starts, so that the child's id is the program's.
  const words = [...before, process.execPath, '--input-type=module', '--eval', script]
  const child = spawn('env', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve()
    }),
  )
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const pid = await new Promise<number>((resolve) =>
    child.stdout.once('data', (data) => {
      resolve(Number(data))
    }),
  )
  return {
    child,
    pid,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Acquires a lock, and returns how often it had to wait. Gives up, with null, after `mostWaits`. */
async function waitsFor(
  path: string,
  options: { readonly mostWaits?: number; readonly staleAfterMs?: number } = {},
): Promise<number | null> {
  const { mostWaits = Infinity, staleAfterMs = timing.staleAfterMs } = options
  const controller = new AbortController()
  let waits = 0
  const onWait = (): void => {
    waits += 1
    if (waits >= mostWaits) controller.abort()
  }
  try {
    await withLock(path, { signal: controller.signal, onWait, timing: { ...timing, staleAfterMs } }, () =>
      Promise.resolve(),
    )
    return waits
  } catch (error) {
    if (controller.signal.aborted) return null
    throw error
  }
}

describe('the lock of another process of this machine', () => {
  testOnLinux('is taken over at once after SIGKILL, without a wait', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    const { kill } = await startHolder(path)
    expect(await waitsFor(path, { mostWaits: 40 })).toBeNull()
    await kill()
    expect(existsSync(path)).toBe(true)
    expect(await waitsFor(path)).toBe(0)
    expect(existsSync(path)).toBe(false)
  })

  testOnLinux('is taken over by one of many that wait', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    await (await startHolder(path)).kill()
    let inside = 0
    const work = async (): Promise<void> => {
      expect(++inside).toBe(1)
      await sleep(10)
      inside -= 1
    }
    const options = { signal: new AbortController().signal, onWait: () => undefined, timing }
    await Promise.all(Array.from({ length: 8 }, () => withLock(path, options, work)))
    expect([existsSync(path), existsSync(`${path}.stale`)]).toEqual([false, false])
  })

  testOnLinux('is taken over at once if the killed process is not yet waited for', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    // The parent becomes a program that never waits for its children.
    const { pid } = await startHolder(path, ['sh', '-c', '"$@" & exec sleep 600', 'sh'])
    process.kill(pid, 'SIGKILL')
    while (!readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')) await sleep(5)
    expect(await waitsFor(path)).toBe(0)
  })

  testOnLinux('stays with a stopped process, until it counts as dead by its heartbeats', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    const { child } = await startHolder(path)
    child.kill('SIGSTOP')
    expect(await waitsFor(path, { mostWaits: 100 })).toBeNull()
    const staleAfterMs = 50 * timing.pollMs
    expect(await waitsFor(path, { staleAfterMs })).toBeGreaterThanOrEqual(50)
  })

  testInNamespace('stays with a process of another PID namespace, whose id means another process here', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    const { pid, kill } = await startHolder(path, ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'])
    expect(pid).toBeLessThan(10)
    expect(parseLockHolder(readFileSync(path, 'utf8'))).toMatchObject({ pid })
    expect(await waitsFor(path, { mostWaits: 40 })).toBeNull()
    await kill()
    // Nobody here can see that it is dead: the heartbeats decide.
    expect(await waitsFor(path, { mostWaits: 40 })).toBeNull()
    expect(await waitsFor(path, { staleAfterMs: 20 * timing.pollMs })).toBeGreaterThanOrEqual(20)
  })

  testInNamespace('does not name its holder where /proc shows another namespace', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    await startHolder(path, ['unshare', '--pid', '--fork', '--kill-child'])
    expect(readFileSync(path, 'utf8')).toBe('.')
  })
})

testOnLinux('a heartbeat leaves the line of the holder as it is', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  const { pid } = await startHolder(path)
  const before = readFileSync(path, 'utf8')
  await sleep(10 * timing.heartbeatMs)
  expect(readFileSync(path, 'utf8')).toBe(before)
  expect(parseLockHolder(before)?.pid).toBe(pid)
})

describe('a holder', () => {
  const own = async () => (await describeThisProcess()) ?? expect.fail('this system does not describe processes')
  /** No process has this id: Linux has fewer (proc_sys_kernel(5), pid_max). */
  const NO_PID = 2 ** 22 + 1

  testOnLinux('is alive if it is this process', async () => {
    expect(await isDead(await own())).toBe(false)
  })

  const testAsRoot = process.getuid?.() === 0 ? testWith('setpriv') : test.skip
  testAsRoot('is alive if it is a process of another user, to whom no signal may be sent', async () => {
    const script = `
      import { isDead } from ${JSON.stringify(LOCK_MODULE.replace('with-lock', 'lock-holder'))}
      process.stdout.write(String(await isDead(${JSON.stringify(await own())})))`
    const words = ['--reuid', '54321', '--clear-groups', process.execPath, '--input-type=module', '--eval', script]
    expect(run('setpriv', words)).toEqual({ status: 0, output: 'false' })
  })

  testOnLinux.each([
    ['has no process', { pid: NO_PID }],
    ['started at another time than the process of that id', { start: '1' }],
  ])('is dead if it %s', async (_case, change) => {
    expect(await isDead({ ...(await own()), ...change })).toBe(true)
  })

  testOnLinux.each([
    ['another boot', (place: string) => place.replace(/^[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0'))],
    ['another PID namespace', (place: string) => place.replace(/pid:\[\d+\]/, 'pid:[1]')],
    ['another host name', (place: string) => `${place}-copy`],
  ])('is not judged from %s', async (_case, change) => {
    const holder = await own()
    expect(change(holder.place)).not.toBe(holder.place)
    expect(await isDead({ ...holder, place: change(holder.place), pid: NO_PID })).toBe(false)
  })

  testOnLinux('is read as it was written, and no incomplete line is a holder', async () => {
    const holder = await own()
    const text = `.${formatLockHolder(holder)}`
    expect(parseLockHolder(text)).toEqual(holder)
    for (let length = 0; length < text.length; length += 1) expect(parseLockHolder(text.slice(0, length))).toBeNull()
  })

  test.each([
    '',
    '.',
    '.\n',
    '. {}\n',
    '. {"place":"a","pid":0,"start":"1"}\n',
    '. {"place":"a","pid":-1,"start":"1"}\n',
    '. {"place":"a","pid":"1","start":"1"}\n',
    '. {broken}\n',
    'another build',
  ])('is not named by %j', (text) => {
    expect(parseLockHolder(text)).toBeNull()
  })

  testOnLinux('that wrote only heartbeats, as earlier versions did, is waited for', async () => {
    const path = join(temporaryFolder(), 'a.lock')
    writeFileSync(path, '.')
    expect(await waitsFor(path, { mostWaits: 20 })).toBeNull()
    expect(readFileSync(path, 'utf8')).toBe('.')
  })
})
