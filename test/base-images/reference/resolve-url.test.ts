import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { cachedFiles, image, packed, setUp } from '../../support/obtain-setting.ts'
import { sampleImage, sha256 } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

const testXz = testWith('xz')

const path = '/images/a.img.xz'

testXz('takes the checksum that lies beside the file', async () => {
  const { server, obtain } = await setUp()
  server.put(path, packed)
  server.put(`${path}.sha256`, `${sha256(packed)}\n`)
  expect(await obtain(`${server.origin}${path}`)).toMatchObject({ verifiedSha256: sha256(packed), warnings: [] })
  server.put('/images/b.img.xz', packed)
  server.put('/images/SHA256SUMS', `${sha256(packed)} *b.img.xz\n`)
  expect(await obtain(`${server.origin}/images/b.img.xz`)).toMatchObject({
    verifiedSha256: sha256(packed),
    warnings: [],
  })
  server.put('/images/SHA256SUMS', `${sha256(image)} *b.img.xz\n`)
  await expectRejection('DOWNLOAD_CHECKSUM_MISMATCH', obtain(`${server.origin}/images/b.img.xz`))
})

testXz('warns where nobody vouches for the file, and fetches it again only when it changed', async () => {
  const { server, obtain } = await setUp()
  server.put(path, packed)
  const url = `${server.origin}${path}`
  const first = await obtain(url)
  expect(first.verifiedSha256).toBeNull()
  expect(first.warnings).toMatchObject([{ code: 'BASE_CHECKSUM_UNKNOWN' }])
  expect(first.warnings[0]?.hint).toContain(`#sha256=${sha256(packed)}`)
  expect((await obtain(url)).path).toBe(first.path)
  const other = sampleImage(8)
  server.put(path, xz(other))
  expect(readFileSync((await obtain(url)).path).equals(other)).toBe(true)
})

testXz('holds a pinned URL to its pin, and needs no network once it is cached', async () => {
  const { server, obtain } = await setUp()
  server.put(path, packed)
  const url = `${server.origin}${path}`
  await expectRejection('DOWNLOAD_CHECKSUM_MISMATCH', obtain(`${url}#sha256=${'0'.repeat(64)}`))
  const found = await obtain(`${url}#sha256=${sha256(packed)}`)
  expect(found).toMatchObject({ reference: url, verifiedSha256: sha256(packed), warnings: [] })
  await server.close()
  expect(await obtain(`${url}#sha256=${sha256(packed)}`)).toEqual(found)
})

test('takes raw images', async () => {
  const { server, obtain } = await setUp()
  server.put('/a.img', image)
  const found = await obtain(`${server.origin}/a.img`)
  expect(readFileSync(found.path).equals(image)).toBe(true)
  expect(statSync(found.path).mode & 0o777).toBe(0o444)
})

testXz('shows no password in results, cache and progress', async () => {
  const { server, obtain, events, cacheFolder } = await setUp()
  server.put(path, packed)
  const found = await obtain(`${server.origin.replace('//', '//me:hunter2@')}${path}?token=hunter3`)
  const cached = readdirSync(join(cacheFolder, 'index')).map((name) =>
    readFileSync(join(cacheFolder, 'index', name), 'utf8'),
  )
  expect(JSON.stringify([found, events, cached])).not.toMatch(/hunter/)
})

testXz('fetches the whole file anew where the pieces of two connections do not fit', async () => {
  const { server, options, obtain } = await setUp()
  server.put(path, xz(sampleImage(5)))
  server.behave(path, ['cut-at-half'])
  const url = `${server.origin}${path}#sha256=${sha256(packed)}`
  await expectRejection(
    'DOWNLOAD_TRANSFER_FAILED',
    obtainBaseImage([url], { ...options, transfer: { retryDelaysMs: [] } }),
  )
  server.put(path, packed)
  server.behave(path, ['no-validators', 'good'])
  const found = await obtain(url)
  expect(readFileSync(found.path).equals(image)).toBe(true)
})

testXz('removes a download that is no image', async () => {
  const { server, obtain, cacheFolder } = await setUp()
  server.put(path, '<html>log in first</html>')
  await expectRejection('PARTITION_TABLE_MISSING', obtain(`${server.origin}${path}`))
  server.put(path, packed.subarray(0, -10))
  await expectRejection('XZ_TRUNCATED', obtain(`${server.origin}${path}`))
  expect(cachedFiles(cacheFolder)).toEqual([])
})
