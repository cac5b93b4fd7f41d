import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../src/host/make-folder.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { withUmask } from '../support/with-umask.ts'

test('creates missing parents, even if several callers do so at once', async () => {
  const path = join(temporaryFolder(), 'a/b/c')
  await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(path, 'd'))])
  expect(statSync(join(path, 'd')).isDirectory()).toBe(true)
  await makeFolder(path)
})

test('ends with the error of the system', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  await expect(makeFolder(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test.skipIf(process.platform !== 'linux')('ends where the file system accepts no folders', async () => {
  await expect(makeFolder('/proc/bantam/below')).rejects.toMatchObject({ code: 'ENOENT' })
})

test.skipIf(process.platform === 'win32')('under umask 000, only the owner writes into the folders', async () => {
  const folder = temporaryFolder()
  const modeOf = (path: string): number => statSync(join(folder, path)).mode & 0o777
  await withUmask(0, async () => {
    await makeFolder(join(folder, 'a/b'))
    await makeFolder(join(folder, 'c/private'), 0o700)
  })
  expect(['a', 'a/b', 'c', 'c/private'].map(modeOf)).toEqual([0o755, 0o755, 0o755, 0o700])
  // What was made wider on purpose stays so.
  chmodSync(join(folder, 'a'), 0o775)
  await makeFolder(join(folder, 'a'))
  expect(modeOf('a')).toBe(0o775)
})
