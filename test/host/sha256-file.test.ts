import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sha256File } from '../../src/host/sha256-file.ts'
import { noise, sha256 } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'

test.each([0, 1, 3_000_000])('hashes a file of %i bytes and reports progress', async (byteLength) => {
  const path = join(temporaryFolder(), 'a')
  const bytes = noise(byteLength, 1)
  writeFileSync(path, bytes)
  const seen: number[] = [0]
  expect(
    await sha256File(path, {
      signal: new AbortController().signal,
      onProgress: (completedBytes) => seen.push(completedBytes),
    }),
  ).toBe(sha256(bytes))
  expect(seen.at(-1)).toBe(byteLength)
})

test('stops on an abort', async () => {
  await expect(sha256File('/', { signal: AbortSignal.abort() })).rejects.toThrow(/abort/)
})
