import { linkSync, readSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFileState } from '../../src/host/file-state.ts'
import { withPinnedFile } from '../../src/host/pinned-file.ts'
import { expectCode, expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'

function file(): { readonly path: string; readonly state: string } {
  const path = join(temporaryFolder(), 'a')
  writeFileSync(path, 'first')
  utimesSync(path, 1, 1)
  return { path, state: readFileState(path) }
}

test('reads the file that was opened, also after another one took its name', async () => {
  const place = file()
  await withPinnedFile(place, ({ descriptor, requireUnchanged }) => {
    requireUnchanged()
    writeFileSync(`${place.path}2`, 'other')
    renameSync(`${place.path}2`, place.path)
    const bytes = Buffer.alloc(5)
    readSync(descriptor, bytes, 0, 5, 0)
    expect(bytes.toString()).toBe('first')
    expectCode('FILE_CHANGED', requireUnchanged)
    return Promise.resolve()
  })
})

test.each<readonly [string, (path: string) => void]>([
  [
    'was written and got its old time and length back',
    (path) => {
      writeFileSync(path, 'FIRST')
      utimesSync(path, 1, 1)
    },
  ],
  [
    'was replaced by one with the same time and length',
    (path) => {
      writeFileSync(`${path}2`, 'other')
      utimesSync(`${path}2`, 1, 1)
      renameSync(`${path}2`, path)
    },
  ],
  [
    'got another name',
    (path) => {
      linkSync(path, `${path}2`)
    },
  ],
  [
    'is gone',
    (path) => {
      rmSync(path)
    },
  ],
])('refuses a file that %s since it was checked', async (_case, change) => {
  const place = file()
  change(place.path)
  await expectRejection(
    'FILE_CHANGED',
    withPinnedFile(place, () => Promise.resolve()),
  )
})
