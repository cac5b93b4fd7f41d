import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { publishImage } from '../../../src/base-images/cache/stored-image.ts'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import { planCacheContext } from '../../../src/cache/cache-context.ts'
import { makeCacheFolders } from '../../../src/cache/cache-folders.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { downloads, image, packed, type Setting, setUp } from '../../support/obtain-setting.ts'
import { sha256 } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'

const testXz = testWith('xz')
const path = '/images/a.img.xz'

/** A server with a published image. */
async function published(): Promise<Setting & { readonly url: string; readonly pinned: string }> {
  const setting = await setUp({ format: 'xz' })
  setting.server.put(path, packed)
  setting.server.put(`${path}.sha256`, `${sha256(packed)}\n`)
  const url = `${setting.server.origin}${path}`
  return { ...setting, url, pinned: `${url}#sha256=${sha256(packed)}` }
}

/** Changes one bit of a file of the cache, and gives it its old time of modification, as a careful intruder would. */
function flipBit(file: string): void {
  const { atime, mtime } = statSync(file)
  const bytes = readFileSync(file)
  const at = Math.floor(bytes.byteLength / 2)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  chmodSync(file, 0o600)
  writeFileSync(file, bytes)
  utimesSync(file, atime, mtime)
}

const hashesOf = ({ events }: Setting): number => events.filter(({ step }) => step === 'hash').length
const discarded = ({ events }: Setting): readonly string[] =>
  events.filter(({ step }) => step === 'discard').map(({ subject }) => subject)

testXz.for(['url', 'pinned'] as const)('a damaged file is named and fetched again: %s', async (kind) => {
  const setting = await published()
  const found = await setting.obtain(setting[kind])
  flipBit(found.path)
  const again = await setting.obtain(setting[kind])
  expect(discarded(setting)).toEqual([found.path])
  expect(downloads(setting.server, path)).toBe(2)
  expect(readFileSync(again.path).equals(packed)).toBe(true)
  expect(again.state).not.toBe(found.state)
  expect(again.warnings).toMatchObject([{ code: 'CACHE_ENTRY_DAMAGED' }])
})

testXz('a damaged raw image is made again from the packed one, without a download', async () => {
  const setting = await published()
  const raw = { ...setting.options, format: 'raw' } as const
  const found = await obtainBaseImage([setting.url], raw)
  flipBit(found.path)
  const again = await obtainBaseImage([setting.url], raw)
  expect(discarded(setting)).toEqual([found.path])
  expect(readFileSync(again.path).equals(image)).toBe(true)
  expect(downloads(setting.server, path)).toBe(1)
})

testXz('a disk that stores other bytes than were written gives an error, and no entry', async () => {
  const setting = await published()
  const context = planCacheContext(setting.options)
  await makeCacheFolders(context.cache)
  const publish = publishImage(context, join(context.cache.packed, 'a'), 'base.img.xz', (path) => {
    writeFileSync(path, packed)
    return Promise.resolve({ byteLength: 1, sha256: sha256(image), source: 'a' })
  })
  await expectRejection('CACHE_VERIFY_FAILED', publish)
  expect(readdirSync(context.cache.packed)).toEqual([])
})

testXz('a damaged file is not used where nothing can be fetched', async () => {
  const setting = await published()
  const found = await setting.obtain(setting.url)
  flipBit(found.path)
  await setting.server.close()
  await expectRejection('DOWNLOAD_HOST_UNREACHABLE', setting.obtain(setting.url))
  expect(discarded(setting)).toContain(found.path)
})

testXz('a file with another length is damaged, too', async () => {
  const setting = await published()
  const found = await setting.obtain(setting.url)
  chmodSync(found.path, 0o600)
  writeFileSync(found.path, packed.subarray(1))
  expect(readFileSync((await setting.obtain(setting.url)).path).equals(packed)).toBe(true)
  expect(discarded(setting)).toEqual([found.path])
})

testXz(
  'the SHA-256 of a cached file is computed again only when the file changed, a pin is given, or --verify',
  async () => {
    const setting = await published()
    const found = await setting.obtain(setting.url)
    const hashes = hashesOf(setting)
    await setting.obtain(setting.url)
    expect(hashesOf(setting)).toBe(hashes)
    // The same bytes with another state, as after a restored backup.
    utimesSync(found.path, 1, 1)
    await setting.obtain(setting.url)
    const afterChange = hashesOf(setting)
    expect(afterChange).toBeGreaterThan(hashes)
    await setting.obtain(setting.url)
    expect(hashesOf(setting)).toBe(afterChange)
    await setting.obtain(setting.pinned)
    const afterPin = hashesOf(setting)
    expect(afterPin).toBeGreaterThan(afterChange)
    await obtainBaseImage([setting.url], { ...setting.options, recheck: true })
    expect(hashesOf(setting)).toBeGreaterThan(afterPin)
    expect(discarded(setting)).toEqual([])
  },
)

testXz('a note that names another SHA-256 does not help a changed file that was published', async () => {
  const setting = await published()
  const found = await setting.obtain(setting.url)
  flipBit(found.path)
  const note = join(found.path, '../image.json')
  chmodSync(note, 0o600)
  const text = readFileSync(note, 'utf8').replaceAll(sha256(packed), sha256(readFileSync(found.path)))
  writeFileSync(note, text)
  expect(readFileSync((await setting.obtain(setting.url)).path).equals(packed)).toBe(true)
})

testXz('a user’s file is hashed once, until it changes', async () => {
  const setting = await published()
  const file = join(setting.folder, 'mine.img.xz')
  writeFileSync(file, packed)
  const found = await setting.obtain('mine.img.xz')
  expect(hashesOf(setting)).toBeGreaterThan(0)
  const hashes = hashesOf(setting)
  expect(await setting.obtain('mine.img.xz')).toEqual(found)
  expect(hashesOf(setting)).toBe(hashes)
  flipBit(file)
  await expectRejection('XZ_CORRUPT', setting.obtain('mine.img.xz'))
  expect(hashesOf(setting)).toBeGreaterThan(hashes)
})
