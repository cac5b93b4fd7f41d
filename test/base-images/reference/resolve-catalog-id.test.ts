import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { expectRejection } from '../../support/expect-code.ts'
import {
  bookworm,
  cachedFiles,
  downloads,
  image,
  packed,
  publish,
  setUp,
  trixie,
} from '../../support/obtain-setting.ts'
import { sampleImage, sha256 } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

const testXz = testWith('xz')

testXz('fetches the newest Raspberry Pi OS, verified, once', async () => {
  const { server, obtain, cacheFolder } = await setUp()
  const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
  const first = await obtain('raspios-13-lite')
  expect(first).toMatchObject({
    reference: 'raspios-13-lite',
    source: `${server.origin}${path}`,
    verifiedSha256: sha256(packed),
    byteLength: image.byteLength,
    warnings: [],
  })
  expect(readFileSync(first.path).equals(image)).toBe(true)
  expect(await obtain('raspios-13-lite')).toEqual(first)
  expect(downloads(server, path)).toBe(1)
  expect(cachedFiles(cacheFolder)).toEqual([
    'base.img',
    'base.img.xz',
    'image.json',
    'image.json',
    'raspios-13-lite.json',
  ])
})

testXz('finds a release under the address of the old stable one, by its file name', async () => {
  const { server, obtain } = await setUp()
  publish(server, 'raspios_lite_arm64_latest', trixie, packed)
  const older = xz(sampleImage(7))
  publish(server, 'raspios_oldstable_lite_arm64_latest', bookworm, older)
  expect((await obtain('raspios-12-lite')).verifiedSha256).toBe(sha256(older))
  expect((await obtain('raspios-13-lite')).verifiedSha256).toBe(sha256(packed))
})

testXz('refuses what has another name than the release should', async () => {
  const { server, obtain } = await setUp()
  for (const latest of ['raspios_lite_arm64_latest', 'raspios_oldstable_lite_arm64_latest']) {
    publish(server, latest, '2028-01-01-raspios-forky-arm64-lite.img.xz', packed)
  }
  await expectRejection('BASE_RELEASE_NOT_FOUND', obtain('raspios-13-lite'))
})

testXz('takes the newest point release of Ubuntu', async () => {
  const { server, obtain } = await setUp()
  const name = (version: string): string => `ubuntu-${version}-preinstalled-server-arm64+raspi.img.xz`
  const folder = '/releases/24.04/release'
  server.put(
    `${folder}/SHA256SUMS`,
    ['24.04', '24.04.2', '24.04.10', '24.04.9', '26.04.11']
      .map((version) => `${version === '24.04.10' ? sha256(packed) : 'a'.repeat(64)} *${name(version)}`)
      .join('\n'),
  )
  server.put(`${folder}/${name('24.04.10')}`, packed)
  const found = await obtain('ubuntu-24.04')
  expect(found.source).toBe(`${server.origin}${folder}/${name('24.04.10')}`)
  server.put('/releases/26.04/release/SHA256SUMS', '<html>')
  await expectRejection('BASE_RELEASE_NOT_FOUND', obtain('ubuntu-26.04'))
})

testXz('refuses an image whose checksum the publisher does not list', async () => {
  const { server, obtain } = await setUp()
  const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
  server.put(`${path}.sha256`, '<html>')
  await expectRejection('DOWNLOAD_CHECKSUM_UNLISTED', obtain('raspios-13-lite'))
  expect(downloads(server, path)).toBe(0)
})

testXz('uses the cached image without a network and says so', async () => {
  const { server, obtain } = await setUp()
  publish(server, 'raspios_lite_arm64_latest', trixie, packed)
  const online = await obtain('raspios-13-lite')
  await server.close()
  const offline = await obtain('raspios-13-lite', 'gone.img')
  expect(offline).toMatchObject({ path: online.path, verifiedSha256: sha256(packed), skipped: [] })
  expect(offline.warnings.map(({ code }) => code)).toEqual(['BASE_CACHED_IMAGE_USED'])
  expect(offline.warnings[0]?.message).toContain('2026-11-21')
  await expectRejection('DOWNLOAD_HOST_UNREACHABLE', obtain('ubuntu-24.04'))
})

testXz('ends with a wrong checksum, tries no other reference, and takes the right file next time', async () => {
  const { server, obtain, cacheFolder, folder } = await setUp()
  writeFileSync(join(folder, 'mine.img'), image)
  const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
  const other = xz(sampleImage(9))
  server.put(path, other)
  const error = await expectRejection('DOWNLOAD_CHECKSUM_MISMATCH', obtain('raspios-13-lite', 'mine.img'))
  expect(error.message).toContain(sha256(other))
  expect(error.message).toContain(sha256(packed))
  expect(cachedFiles(cacheFolder)).toEqual([])
  server.put(path, packed)
  expect((await obtain('raspios-13-lite')).verifiedSha256).toBe(sha256(packed))
})
