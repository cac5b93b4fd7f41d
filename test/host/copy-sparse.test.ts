import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { copySparse } from '../../src/host/copy-sparse.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { pin } from '../support/write-options.ts'

const KIB = 1024
let folder: string
let source: string
let content: Buffer
beforeEach(() => {
  folder = temporaryFolder()
  source = join(folder, 'base')
  // Longer than a piece of reading; data and zeros that begin and end at the border of a hole, and beside it.
  content = Buffer.alloc(9000 * KIB + 123)
  for (const [start, end] of [
    [0, 10],
    [64 * KIB, 192 * KIB],
    [1000 * KIB + 1, 1000 * KIB + 2],
    [4096 * KIB - 1, 4096 * KIB + 1],
    [content.length - 1, content.length],
  ] as const)
    content.fill(7, start, end)
  writeFileSync(source, content)
})

/** Takes the programs of this machine away, or puts a `cp` in their place. */
function replaceCp(script: string | null): void {
  const before = process.env.PATH
  onTestFinished(() => void (process.env.PATH = before))
  process.env.PATH = folder
  if (script === null) return
  writeFileSync(join(folder, 'cp'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'cp'), 0o755)
}

const copy = async (signal = new AbortController().signal): Promise<string> => {
  const target = join(folder, 'copy')
  await copySparse(await pin(source), target, signal)
  return target
}

describe.each([
  ['by cp', undefined],
  ['without cp', null],
  ['after a cp that failed halfway', 'for target; do :; done; printf %20000000s x >"$target"; exit 1'],
])('%s', (_how, script) => {
  test('a copy has the same bytes, and holes in place of zeros', async () => {
    if (script !== undefined) replaceCp(script)
    const target = await copy()
    expect(readFileSync(target).equals(content)).toBe(true)
    expect(statSync(target).mode & 0o777).toBe(0o600)
    // Five pieces of 64 KiB hold data, and one of them is two long.
    if (script !== undefined) expect(statSync(target).blocks * 512).toBeLessThanOrEqual(8 * 64 * KIB)
  })

  test('an abort ends the copy', async () => {
    if (script !== undefined) replaceCp(script)
    await expect(copy(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
  })
})

test('a file that became shorter ends the copy at its new end, with zeros up to the earlier length at most', async () => {
  replaceCp(`for target; do :; done; exit 1`)
  const pinned = await pin(source)
  truncateSync(source, 100)
  const target = join(folder, 'copy')
  await copySparse(pinned, target, new AbortController().signal)
  expect(readFileSync(target).subarray(0, 100).equals(content.subarray(0, 100))).toBe(true)
})

test('a file that is there is not written over', async () => {
  writeFileSync(join(folder, 'copy'), 'mine')
  await expect(copy()).rejects.toThrow('EEXIST')
  expect(readFileSync(join(folder, 'copy'), 'utf8')).toBe('mine')
})
