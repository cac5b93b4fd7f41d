import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import { readFileState } from '../../../src/host/file-state.ts'
import type { ProgressEvent } from '../../../src/progress.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { cachedFiles, image, packed, setUp } from '../../support/obtain-setting.ts'
import { noise } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

const testXz = testWith('xz')

test('uses a raw image in place and writes nothing', async () => {
  const { folder, obtain } = await setUp()
  const path = join(folder, 'mine.img')
  writeFileSync(path, image)
  chmodSync(path, 0o444)
  const before = statSync(path)
  expect(await obtain('mine.img')).toEqual({
    reference: 'mine.img',
    path,
    blocksFolder: null,
    state: readFileState(path),
    raw: null,
    byteLength: image.byteLength,
    source: path,
    verifiedSha256: null,
    skipped: [],
    warnings: [],
  })
  expect(statSync(path)).toMatchObject({ mtimeMs: before.mtimeMs, size: before.size })
  expect(readdirSync(folder)).toEqual(['mine.img'])
})

testXz('unpacks .xz and .gz once, by content and not by name, into read-only files', async () => {
  const { folder, obtain, events } = await setUp()
  for (const [name, content] of [
    ['a.bin', packed],
    ['b.img', gzipSync(image)],
  ] as const) {
    writeFileSync(join(folder, name), content)
    const first = await obtain(`./${name}`)
    expect(readFileSync(first.path).equals(image)).toBe(true)
    expect(statSync(first.path).mode & 0o777).toBe(0o444)
    expect(
      events.some(({ step, completedBytes, totalBytes }) => step === 'decompress' && completedBytes === totalBytes),
    ).toBe(true)
    events.length = 0
    expect(await obtain(`./${name}`)).toEqual(first)
    expect(events.some(({ step }) => step === 'decompress')).toBe(false)
  }
})

testXz('makes a cached image anew that has another length, or none of its note', async () => {
  const { folder, obtain } = await setUp()
  writeFileSync(join(folder, 'a.img.xz'), packed)
  const { path } = await obtain('a.img.xz')
  chmodSync(path, 0o644)
  truncateSync(path, 1000)
  expect(readFileSync((await obtain('a.img.xz')).path).equals(image)).toBe(true)
  rmSync(join(path, '..', 'image.json'))
  expect(readFileSync((await obtain('a.img.xz')).path).equals(image)).toBe(true)
})

testXz.each([
  ['XZ_TRUNCATED', () => packed.subarray(0, -100)],
  [
    'XZ_CORRUPT',
    () => Buffer.concat([packed.subarray(0, 200_000), Buffer.from([1, 2, 3, 4]), packed.subarray(200_004)]),
  ],
  ['XZ_TRAILING_DATA', () => Buffer.concat([packed, Buffer.from('bye')])],
  ['GZIP_TRUNCATED', () => gzipSync(image).subarray(0, -5)],
  ['PARTITION_TABLE_MISSING', () => xz(noise(100_000, 2))],
  ['PARTITION_TABLE_MISSING', () => gzipSync(Buffer.from('short'))],
  ['BASE_FORMAT_UNSUPPORTED', () => Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), noise(1000, 3)])],
  ['BASE_FILE_UNREADABLE', () => Buffer.alloc(0)],
] as const)('ends with %s, tries no other reference, and leaves nothing in the cache', async (code, make) => {
  const { folder, cacheFolder, obtain } = await setUp()
  writeFileSync(join(folder, 'bad.img.xz'), make())
  writeFileSync(join(folder, 'good.img'), image)
  await expectRejection(code, obtain('bad.img.xz', 'good.img'))
  mkdirSync(cacheFolder, { recursive: true })
  expect(cachedFiles(cacheFolder)).toEqual([])
})

test('refuses a folder', async () => {
  const { obtain } = await setUp()
  const error = await expectRejection('BASE_FILE_UNREADABLE', obtain('./'))
  expect(error.message).toMatch(/it is a folder\.$/)
})

testXz('notices a file that changes while it is unpacked', async () => {
  const { folder, cacheFolder, options } = await setUp()
  const path = join(folder, 'a.img.xz')
  writeFileSync(path, packed)
  const progress = ({ step }: ProgressEvent): void => {
    if (step === 'decompress') writeFileSync(path, packed)
  }
  await expectRejection('FILE_CHANGED', obtainBaseImage(['a.img.xz'], { ...options, progress }))
  expect(cachedFiles(cacheFolder)).toEqual([])
})
