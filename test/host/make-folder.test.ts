import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../src/host/make-folder.ts'
import { temporaryFolder } from '../support/small-image.ts'

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
