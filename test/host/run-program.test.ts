import { existsSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runProgram } from '../../src/host/run-program.ts'
import { temporaryFolder } from '../support/small-image.ts'

const { signal } = new AbortController()

test('gives the exit code and every line of both outputs', async () => {
  const lines: string[] = []
  const result = await runProgram('sh', ['-c', 'echo "$WORD"; echo "two words" >&2; exit 3'], {
    signal,
    env: { WORD: 'one' },
    onLine: (line) => lines.push(line),
  })
  expect(result.status).toBe(3)
  expect([...lines].sort()).toEqual(['one', 'two words'])
  expect(result.output).toEqual(lines)
})

test('a missing program has status 127', async () => {
  expect((await runProgram('no-such-program', [], { signal })).status).toBe(127)
})

test('open files are descriptors from 3 on', async () => {
  const path = join(temporaryFolder(), 'file')
  const file = await open(path, 'wx')
  await runProgram('sh', ['-c', 'echo here >&3'], { signal, files: [file.fd] })
  await file.close()
  expect(readFileSync(path, 'utf8')).toBe('here\n')
})

test('an abort ends the program and its child processes, and lets them clean up', async () => {
  const folder = temporaryFolder()
  const controller = new AbortController()
  const script = 'trap "touch cleaned; exit 1" TERM; (sleep 2; touch survived) & touch begun; wait'
  const running = runProgram('sh', ['-c', `cd "$1"; ${script}`, 'sh', folder], { signal: controller.signal })
  while (!existsSync(join(folder, 'begun'))) await sleep(10)
  controller.abort()
  await expect(running).rejects.toThrow(/abort/)
  expect(existsSync(join(folder, 'cleaned'))).toBe(true)
  await sleep(2_500)
  expect(existsSync(join(folder, 'survived'))).toBe(false)
})

test('a program that ignores the signal is killed', async () => {
  const controller = new AbortController()
  const running = runProgram('sh', ['-c', 'trap "" TERM; echo begun; while :; do sleep 0.1; done'], {
    signal: controller.signal,
    graceMs: 200,
    onLine: () => {
      controller.abort()
    },
  })
  await expect(running).rejects.toThrow(/abort/)
})
