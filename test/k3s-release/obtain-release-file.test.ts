import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { obtainReleaseFile, type ReleaseFileOptions } from '../../src/k3s-release/obtain-release-file.ts'
import { expectRejection } from '../support/expect-code.ts'
import { type ReleaseServer, startReleaseServer } from '../support/release-server.ts'
import { noise, sha256 } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'

const binary = noise(300_000, 21)
const folder = '/releases/v1.36.4%2Bk3s1'

async function setUp(): Promise<{ server: ReleaseServer; options: ReleaseFileOptions }> {
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  server.put(`${folder}/k3s-arm64`, binary)
  server.put(
    `${folder}/sha256sum-arm64.txt`,
    `${'a'.repeat(64)}  k3s-airgap-images-arm64.tar.zst\n${sha256(binary)}  k3s-arm64\n`,
  )
  return {
    server,
    options: {
      releaseUrl: `${server.origin}/releases`,
      version: 'v1.36.4+k3s1',
      asset: 'k3s-arm64',
      checksumAsset: 'sha256sum-arm64.txt',
      pinnedSha256: null,
      cacheFolder: join(temporaryFolder(), 'cache'),
      now: new Date('2026-11-21T10:00:00Z'),
      signal: new AbortController().signal,
      progress: () => undefined,
      transfer: { retryDelaysMs: [1, 1], stallTimeoutMs: 500 },
    },
  }
}

test('fetches the file that the release lists, read-only, and needs no network for it again', async () => {
  const { server, options } = await setUp()
  server.behave(`${folder}/k3s-arm64`, ['cut-at-half'])
  const file = await obtainReleaseFile(options)
  expect(file).toMatchObject({ byteLength: binary.byteLength, sha256: sha256(binary) })
  expect(readFileSync(file.path).equals(binary)).toBe(true)
  expect(statSync(file.path).mode & 0o777).toBe(0o444)
  await server.close()
  expect(await obtainReleaseFile(options)).toEqual(file)
})

test('holds the file to a pin without asking for the list', async () => {
  const { server, options } = await setUp()
  server.remove(`${folder}/sha256sum-arm64.txt`)
  await expectRejection('DOWNLOAD_CHECKSUM_MISMATCH', obtainReleaseFile({ ...options, pinnedSha256: '0'.repeat(64) }))
  expect(await obtainReleaseFile({ ...options, pinnedSha256: sha256(binary) })).toMatchObject({
    sha256: sha256(binary),
  })
})

test('refuses a file that differs from the list, and leaves nothing', async () => {
  const { server, options } = await setUp()
  server.put(`${folder}/k3s-arm64`, noise(300_000, 22))
  await expectRejection('DOWNLOAD_CHECKSUM_MISMATCH', obtainReleaseFile(options))
  expect(readdirSync(join(options.cacheFolder, 'files'))).toEqual([])
  expect(readdirSync(join(options.cacheFolder, 'partial'))).toEqual([])
})

test('refuses a file that the list does not name', async () => {
  const { server, options } = await setUp()
  server.put(`${folder}/sha256sum-arm64.txt`, `${sha256(binary)}  k3s-armhf\n`)
  await expectRejection('DOWNLOAD_CHECKSUM_UNLISTED', obtainReleaseFile(options))
})

test('fetches a cached file again that was damaged', async () => {
  const { options } = await setUp()
  const { path } = await obtainReleaseFile(options)
  chmodSync(path, 0o644)
  writeFileSync(path, noise(300_000, 23))
  expect(readFileSync((await obtainReleaseFile(options)).path).equals(binary)).toBe(true)
})

test('says which address has no such version', async () => {
  const { options } = await setUp()
  const error = await expectRejection('DOWNLOAD_NOT_FOUND', obtainReleaseFile({ ...options, version: 'v0.0.0+k3s1' }))
  expect(error.message).toContain('/releases/v0.0.0%2Bk3s1/sha256sum-arm64.txt')
})
