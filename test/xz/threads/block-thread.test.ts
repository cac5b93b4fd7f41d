import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { BlockJob } from '../../../src/xz/threads/block-job.ts'
import { BlockThread } from '../../../src/xz/threads/block-thread.ts'
import { expectCode, expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'

const job: BlockJob = {
  kind: 'unpack',
  source: 'a.xz',
  file: 'a.xz',
  block: { fileOffset: 12, unpaddedByteLength: 40, paddedByteLength: 40, byteStart: 0, byteLength: 4, check: 'none' },
  target: null,
  memory: null,
}

/** A thread that does not do its work as it should. */
function threadThat(onMessage: string, patience = { stepMs: 20, stepCount: 10 }): BlockThread {
  const path = join(temporaryFolder(), 'thread.mjs')
  writeFileSync(
    path,
    `
    import { workerData } from 'node:worker_threads'
    const { port, state } = workerData
    const reply = (message) => { port.postMessage(message); Atomics.add(state, 0, 1); Atomics.notify(state, 0) }
    port.on('message', async (job) => { ${onMessage} })
    reply({ id: 0, data: null })
  `,
  )
  const thread = new BlockThread(pathToFileURL(path), patience)
  onTestFinished(async () => {
    await thread.close(new Error('the test is over'))
  })
  return thread
}

test('a thread that dies fails all its jobs, and accepts no more', async () => {
  const thread = threadThat('if (job.source === "b.xz") process.exit(3)')
  await thread.ready
  const first = expectRejection('XZ_THREAD_ENDED', thread.run(job))
  const second = expectRejection('XZ_THREAD_ENDED', thread.run({ ...job, source: 'b.xz', file: 'b.xz' }))
  expect((await first).message).toContain('a.xz')
  expect((await second).message).toContain('b.xz')
  expect(thread.ended).toBe(true)
  expect(thread.jobCount).toBe(0)
  await expectRejection('XZ_THREAD_ENDED', thread.run(job))
  expectCode('XZ_THREAD_ENDED', () => thread.runSync(job))
})

test('a thread that throws reports why it died', async () => {
  const thread = threadThat('setTimeout(() => { throw new Error("no memory left") })')
  expect((await expectRejection('XZ_THREAD_ENDED', thread.run(job))).message).toContain('no memory left')
})

test('a thread that does not start fails its callers', async () => {
  const thread = new BlockThread(pathToFileURL(join(temporaryFolder(), 'missing.mjs')))
  await expectRejection('XZ_THREAD_ENDED', thread.ready)
})

test('a blocked caller gives up on a dead thread', async () => {
  const thread = threadThat('process.exit(3)')
  await thread.ready
  expect(expectCode('XZ_THREAD_ENDED', () => thread.runSync(job)).message).toContain('no sign of life for 0.2 s')
  expect(thread.ended).toBe(true)
})

test('a blocked caller waits as long as there are signs of life', async () => {
  const thread = threadThat(`
    for (let beat = 0; beat < 60; beat++) {
      Atomics.add(state, 1, 1)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    reply({ id: job.id, data: Uint8Array.of(7) })
  `)
  await thread.ready
  expect(thread.runSync(job)).toEqual(Uint8Array.of(7))
})

test('receives replies in any order, also those for other callers, while it blocks', async () => {
  const thread = threadThat('reply({ id: job.id, data: Uint8Array.of(job.id) })')
  const before = thread.run(job)
  expect(thread.runSync(job)).toEqual(Uint8Array.of(2))
  expect(thread.jobCount).toBe(0)
  const after = thread.run(job)
  expect([await before, await after]).toEqual([Uint8Array.of(1), Uint8Array.of(3)])
})

test('closes at once, even during a job', async () => {
  const thread = threadThat('for (;;);')
  const failed = expect(thread.run(job)).rejects.toThrow('enough')
  // Its work never ends, so a waiting caller would not reach this line.
  await thread.close(new Error('enough'))
  await failed
  expect(thread.ended).toBe(true)
})
