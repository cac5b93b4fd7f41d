import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withLock } from '../../src/host/with-lock.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'

const timing = { pollMs: 5, heartbeatMs: 20, staleAfterMs: 400 }
const signal = new AbortController().signal
const options = { signal, onWait: () => undefined, timing }

test('lets one at a time in, all in the end, and leaves nothing', async () => {
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

test('tells that it waits, and waits for a holder that lives however long', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  let waits = 0
  const holder = withLock(path, options, () => sleep(1000))
  await sleep(20)
  await withLock(path, { ...options, onWait: () => waits++ }, () => {
    expect(waits).toBeGreaterThan(10)
    return Promise.resolve()
  })
  await holder
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

test('takes over where the build that wanted to take over was killed, too', async () => {
  const path = join(temporaryFolder(), 'a.lock')
  writeFileSync(path, '.')
  mkdirSync(`${path}.stale`)
  await withLock(path, options, () => Promise.resolve())
  expect([existsSync(path), existsSync(`${path}.stale`)]).toEqual([false, false])
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

test('says at once that another took the lock over, though no heartbeat has found out yet', async () => {
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
  const holder = withLock(path, options, () => sleep(300))
  await sleep(20)
  const controller = new AbortController()
  const waiting = withLock(path, { ...options, signal: controller.signal }, () => Promise.resolve())
  controller.abort()
  await expect(waiting).rejects.toThrow(/abort/)
  await holder
})
