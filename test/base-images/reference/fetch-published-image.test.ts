/** What is fetched, and what is packed here, where the cache holds the unpacked image alone. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import type { BaseImage } from '../../../src/model/base-image.ts'
import { downloads, image, packed, publish, type Setting, setUp, trixie } from '../../support/obtain-setting.ts'
import { sha256 } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { unxz, xz } from '../../support/xz.ts'

const test = testWith('xz')

function obtainPacked({ options, events }: Setting, reference: string): Promise<BaseImage> {
  events.length = 0
  return obtainBaseImage([reference], { ...options, format: 'xz' })
}

/** Has the cache unpack a local copy of the published file, of which it keeps nothing else. */
async function unpackLocalCopy({ folder, obtain }: Setting, published: Uint8Array): Promise<void> {
  writeFileSync(join(folder, 'copy.img.xz'), published)
  await obtain('copy.img.xz')
}

function stepsOf({ events }: Setting): ReadonlySet<string> {
  return new Set(events.map(({ step }) => step))
}

test("fetches the publisher's blocks rather than packing the unpacked image, once", async () => {
  const setting = await setUp()
  await unpackLocalCopy(setting, packed)
  const path = publish(setting.server, 'raspios_lite_arm64_latest', trixie, packed)
  const found = await obtainPacked(setting, 'raspios-13-lite')
  expect(stepsOf(setting)).not.toContain('pack')
  expect(readFileSync(found.path).equals(packed)).toBe(true)
  expect(await obtainPacked(setting, 'raspios-13-lite')).toEqual(found)
  expect(downloads(setting.server, path)).toBe(1)
})

test('fetches deleted blocks of a URL without a published checksum again', async () => {
  const setting = await setUp()
  setting.server.put('/a.img.xz', packed)
  const url = `${setting.server.origin}/a.img.xz`
  await setting.obtain(url)
  rmSync(join(setting.cacheFolder, 'packed', sha256(packed)), { recursive: true })
  const found = await obtainPacked(setting, url)
  expect(stepsOf(setting)).not.toContain('pack')
  expect(readFileSync(found.path).equals(packed)).toBe(true)
})

test('packs the unpacked image if the file is unavailable', async () => {
  const setting = await setUp()
  await unpackLocalCopy(setting, packed)
  const url = `${setting.server.origin}/a.img.xz#sha256=${sha256(packed)}`
  await setting.server.close()
  const found = await obtainPacked(setting, url)
  expect(stepsOf(setting)).toContain('pack')
  expect(unxz(readFileSync(found.path)).equals(image)).toBe(true)
  expect(await obtainPacked(setting, url)).toEqual(found)
})

test('packs a file of one block, instead of fetching it a second time', async () => {
  const setting = await setUp()
  const single = xz(image, '-T1', '-1')
  const path = publish(setting.server, 'raspios_lite_arm64_latest', trixie, single)
  await setting.obtain('raspios-13-lite')
  const found = await obtainPacked(setting, 'raspios-13-lite')
  expect(unxz(readFileSync(found.path)).equals(image)).toBe(true)
  // The packed file is the cache's own: unpacked once more, it does not count as the publisher's.
  rmSync(join(setting.cacheFolder, 'images', sha256(single)), { recursive: true })
  await setting.obtain('raspios-13-lite')
  rmSync(join(setting.cacheFolder, 'packed', sha256(single)), { recursive: true })
  await obtainPacked(setting, 'raspios-13-lite')
  expect(stepsOf(setting)).toContain('pack')
  expect(downloads(setting.server, path)).toBe(1)
})
