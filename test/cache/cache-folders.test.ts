import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { locateCache, makeCacheFolders } from '../../src/cache/cache-folders.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { withUmask } from '../support/with-umask.ts'

test.skipIf(process.platform === 'win32')('under umask 000, only the owner writes into the cache', async () => {
  const cache = locateCache(join(temporaryFolder(), 'cache/bantam'))
  await withUmask(0, () => makeCacheFolders(cache))
  const modes = Object.fromEntries(
    Object.entries(cache).map(([name, path]) => [name, (statSync(path as string).mode & 0o777).toString(8)]),
  )
  expect(modes).toEqual({
    root: '755',
    images: '755',
    packed: '755',
    files: '755',
    debian: '755',
    index: '755',
    blocks: '700',
    partial: '700',
    locks: '700',
  })
  expect(readdirSync(cache.root)).toHaveLength(Object.keys(cache).length - 1)
})

test.skipIf(process.platform === 'win32')('keeps the mode of folders that exist', async () => {
  const cache = locateCache(temporaryFolder())
  mkdirSync(cache.images)
  chmodSync(cache.images, 0o775)
  await makeCacheFolders(cache)
  expect(statSync(cache.images).mode & 0o777).toBe(0o775)
})
