import { expect, test } from 'vitest'
import { defaultCatalog } from '../../../src/base-images/reference/catalog.ts'

test('asks the publishers over https by default', () => {
  const urls = Object.values(defaultCatalog()).flatMap((entry) =>
    entry.kind === 'redirect' ? entry.latestUrls : entry.kind === 'checksum-list' ? [entry.folderUrl] : [],
  )
  expect(urls).toContain('https://downloads.raspberrypi.com/raspios_lite_arm64_latest')
  expect(urls).toContain('https://cdimage.ubuntu.com/releases/24.04/release')
  expect(urls.every((url) => url.startsWith('https://'))).toBe(true)
})

test('takes a mirror for one publisher and leaves the other', () => {
  const catalog = defaultCatalog({ ubuntu: 'http://mirror.example/ubuntu' })
  expect(catalog['ubuntu-26.04']).toMatchObject({ folderUrl: 'http://mirror.example/ubuntu/releases/26.04/release' })
  expect(catalog['raspios-13-lite']).toMatchObject({
    latestUrls: [expect.stringContaining('raspberrypi.com'), expect.anything()],
  })
})

test.each([
  ['raspios-13-lite', '2026-06-18-raspios-trixie-arm64-lite.img.xz', true],
  ['raspios-13-lite', '2026-06-18-raspios-bookworm-arm64-lite.img.xz', false],
  ['raspios-13-lite', '2026-06-18-raspios-trixie-arm64-full.img.xz', false],
  ['raspios-12-lite', '2026-06-18-raspios-bookworm-arm64-lite.img.xz', true],
  ['ubuntu-24.04', 'ubuntu-24.04-preinstalled-server-arm64+raspi.img.xz', true],
  ['ubuntu-24.04', 'ubuntu-24.04.4-preinstalled-server-arm64+raspi.img.xz', true],
  ['ubuntu-24.04', 'ubuntu-24.04.4-preinstalled-desktop-arm64+raspi.img.xz', false],
  ['ubuntu-24.04', 'ubuntu-24104-preinstalled-server-arm64+raspi.img.xz', false],
] as const)('%s and the file %s: %s', (id, fileName, fits) => {
  const entry = defaultCatalog()[id]
  if (entry === undefined || entry.kind === 'debian') return expect.fail('has no image')
  expect(entry.fileName.test(fileName)).toBe(fits)
})
