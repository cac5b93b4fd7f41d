import { chmodSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { publishImage } from '../../../src/base-images/cache/stored-image.ts'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import { planCacheContext } from '../../../src/cache/cache-context.ts'
import { makeCacheFolders } from '../../../src/cache/cache-folders.ts'
import { withOpenBases } from '../../../src/image/with-open-bases.ts'
import type { BaseImage } from '../../../src/model/base-image.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { downloads, image, packed, type Setting, setUp } from '../../support/obtain-setting.ts'
import { sha256 } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

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

/** Replaces a file of the cache and its note, as somebody can who may write to the cache. */
function forge(file: string, content: Uint8Array): void {
  const note = join(file, '../image.json')
  for (const path of [file, note]) chmodSync(path, 0o600)
  writeFileSync(file, content)
  const changes = {
    byteLength: image.byteLength,
    fileByteLength: content.byteLength,
    fileSha256: sha256(content),
    hasPublishedBlocks: false,
  }
  writeFileSync(note, JSON.stringify({ ...(JSON.parse(readFileSync(note, 'utf8')) as object), ...changes }))
}

const forgedImage = Uint8Array.from(image).fill(7, 700_000, 700_100)

describe.each(['pinned', 'url'] as const)('with --verify: %s', (kind) => {
  const strict = async (format: 'raw' | 'xz'): Promise<Awaited<ReturnType<typeof published>>> => {
    const setting = await published()
    const options = { ...setting.options, format, recheck: true }
    return { ...setting, options, obtain: () => obtainBaseImage([setting[kind]], options) }
  }

  testXz('an .xz whose note says that bantam packed it is fetched again', async () => {
    const setting = await strict('xz')
    const found = await setting.obtain()
    forge(found.path, xz(forgedImage, '-T1', '--block-size=256KiB', '-1'))
    const again = await setting.obtain()
    expect(again.verifiedSha256).toBe(sha256(packed))
    expect(readFileSync(again.path).equals(packed)).toBe(true)
    expect(downloads(setting.server, path)).toBe(2)
  })

  testXz('a raw file is used only if the published file unpacks to it, and then it stays as it is', async () => {
    const setting = await strict('raw')
    const found = await setting.obtain()
    const same = await setting.obtain()
    expect(same.state).toBe(found.state)
    forge(found.path, forgedImage)
    const again = await setting.obtain()
    expect(readFileSync(again.path).equals(image)).toBe(true)
    expect(downloads(setting.server, path)).toBe(1)
    // With nothing to compare it with, it is not used.
    forge(again.path, forgedImage)
    rmSync(join(setting.cacheFolder, 'packed'), { recursive: true })
    await setting.server.close()
    await expectRejection('DOWNLOAD_HOST_UNREACHABLE', setting.obtain())
  })

  testXz('an .xz that bantam packed is used only if it holds the published image', async () => {
    const setting = await strict('xz')
    setting.server.put(path, image)
    setting.server.put(`${path}.sha256`, `${sha256(image)}\n`)
    const reference = `${setting.url}${kind === 'pinned' ? `#sha256=${sha256(image)}` : ''}`
    const obtain = (): Promise<BaseImage> => obtainBaseImage([reference], setting.options)
    const found = await obtain()
    const bytes = readFileSync(found.path)
    expect((await obtain()).state).toBe(found.state)
    forge(found.path, xz(forgedImage, '-T1', '--block-size=256KiB', '-1'))
    expect(readFileSync((await obtain()).path).equals(bytes)).toBe(true)
    expect(downloads(setting.server, path)).toBe(1)
  })
})

testXz.for([true, false])('a block of the cache is decoded again with --verify, not otherwise: %s', async (recheck) => {
  const setting = await published()
  const found = await setting.obtain(setting.url)
  const readStart = (base: BaseImage): Promise<Buffer> =>
    withOpenBases([base], { workerCount: 1, signal: setting.options.signal }, (openBaseOf) => {
      const bytes = Buffer.alloc(512)
      openBaseOf(base).device.read(0, bytes)
      return Promise.resolve(bytes)
    })
  const start = image.subarray(0, 512)
  expect((await readStart(found)).equals(start)).toBe(true)
  const blocks = found.blocksFolder ?? ''
  const block = readdirSync(blocks, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('/0.raw')) ?? ''
  const forged = readFileSync(join(blocks, block)).fill(7, 0, 100)
  writeFileSync(join(blocks, block), forged)
  writeFileSync(join(blocks, `${block}.sha256`), sha256(forged))
  const again = await obtainBaseImage([setting.pinned], { ...setting.options, recheck })
  expect((await readStart(again)).equals(start)).toBe(recheck)
})

testXz('one build unpacks an image once, although it believes no note', async () => {
  const setting = await published()
  const options = { ...setting.options, format: 'raw', recheck: true, checkedFiles: new Map() } as const
  await obtainBaseImage([setting.url], options)
  setting.events.length = 0
  await obtainBaseImage([setting.url], options)
  expect(setting.events.filter(({ step }) => step === 'decompress')).toEqual([])
})
