// @module-tag slow
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import type { BaseImage } from '../../../src/model/base-image.ts'
import type { K3sPlan } from '../../../src/model/node-plan.ts'
import { preloadBase, type PreloadOptions } from '../../../src/pipeline/build/preload-base.ts'
import type { ProgressEvent } from '../../../src/progress.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { startReleaseServer } from '../../support/release-server.ts'
import { noise, sha256 } from '../../support/sample-image.ts'
import { makeSmallImage, temporaryFolder, testWithImages } from '../../support/small-image.ts'
import { debugfs } from '../../support/validate-image.ts'

const VERSION = 'v1.36.4+k3s1'
const BINARY = 'k3s-arm64'
const ARCHIVE = 'k3s-airgap-images-arm64.tar.zst'
const binary = noise(2 * 1024 * 1024 + 17, 31)
const archive = noise(1024 * 1024 + 4095, 32)

interface Scene {
  readonly events: ProgressEvent[]
  /** The file of the cache that k3s is copied from. */
  readonly cachedBinary: string
  readonly closeServer: () => Promise<void>
  readonly preload: (changes?: Partial<PreloadOptions>, onArchive?: () => void) => Promise<BaseImage>
}

/** A base image, and a release whose two files are pinned. */
async function scene(): Promise<Scene> {
  const folder = temporaryFolder()
  const cacheFolder = join(folder, 'cache')
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  server.put(`/${encodeURIComponent(VERSION)}/${BINARY}`, binary)
  server.put(`/${encodeURIComponent(VERSION)}/${ARCHIVE}`, archive)
  makeSmallImage('raspios', join(folder, 'base.img'), { ROOT_MIB: '32' })
  const k3s = {
    version: VERSION,
    releaseUrl: server.origin,
    sha256: { [BINARY]: sha256(binary), [ARCHIVE]: sha256(archive) },
    // What `preloadBase` reads of a plan.
  } as unknown as K3sPlan
  const events: ProgressEvent[] = []
  const preload: Scene['preload'] = async (changes = {}, onArchive = () => undefined) => {
    const options: PreloadOptions = {
      cacheFolder,
      workerCount: 2,
      alsoRaw: false,
      now: new Date('2026-11-21T10:00:00Z'),
      signal: new AbortController().signal,
      progress: (event) => {
        events.push(event)
        if (event.step === 'download' && event.subject.endsWith(ARCHIVE)) onArchive()
      },
      transfer: { retryDelaysMs: [1, 1], stallTimeoutMs: 500 },
      ...changes,
    }
    const base = await obtainBaseImage(['base.img'], { ...options, baseFolder: folder, format: 'raw', alsoRaw: false })
    return preloadBase(base, k3s, 'raw', options)
  }
  const cachedBinary = join(cacheFolder, 'files', sha256(binary), BINARY)
  return { events, cachedBinary, closeServer: () => server.close(), preload }
}

/** Changes one byte of a file, and gives it its old time of modification. */
function flipByte(file: string): void {
  const { atime, mtime } = statSync(file)
  const bytes = readFileSync(file)
  bytes[100_000] = (bytes[100_000] ?? 0) ^ 1
  chmodSync(file, 0o600)
  writeFileSync(file, bytes)
  utimesSync(file, atime, mtime)
}

function k3sOf({ path }: BaseImage): string {
  const target = join(temporaryFolder(), 'k3s')
  debugfs(path, `dump /usr/local/bin/k3s ${target}`)
  return sha256(readFileSync(target))
}

testWithImages('a file that changes after it was checked ends the build, and the next build heals', async () => {
  const { cachedBinary, preload } = await scene()
  let isChanged = false
  const changed = preload({}, () => {
    if (isChanged) return
    flipByte(cachedBinary)
    isChanged = true
  })
  const { message } = await expectRejection('FILE_CHANGED', changed)
  expect(message).toContain(cachedBinary)
  expect(isChanged).toBe(true)
  expect(k3sOf(await preload())).toBe(sha256(binary))
})

testWithImages('a damaged release file is named, and fetched again', async () => {
  const { cachedBinary, events, preload, closeServer } = await scene()
  await preload()
  flipByte(cachedBinary)
  const base = await preload()
  expect(k3sOf(base)).toBe(sha256(binary))
  expect(base.warnings).toMatchObject([
    { code: 'CACHE_ENTRY_DAMAGED', message: expect.stringContaining(cachedBinary) as string },
  ])
  expect((await preload()).warnings).toEqual([])
  flipByte(cachedBinary)
  await closeServer()
  events.length = 0
  await expectRejection('DOWNLOAD_HOST_UNREACHABLE', preload())
  expect(events).toContainEqual(expect.objectContaining({ step: 'discard', subject: cachedBinary }))
})

testWithImages('a damaged image with k3s is named, and made again', async () => {
  const { preload } = await scene()
  const { path } = await preload()
  flipByte(path)
  const again = await preload()
  expect(again.path).toBe(path)
  expect(k3sOf(again)).toBe(sha256(binary))
  expect(again.warnings).toMatchObject([
    { code: 'CACHE_ENTRY_DAMAGED', message: expect.stringContaining(path) as string },
  ])
})

testWithImages(
  '--verify believes no note about an image with k3s, and keeps it if it is as it is made again',
  async () => {
    const { preload } = await scene()
    const { path, state } = await preload()
    expect((await preload({ recheck: true })).state).toBe(state)
    flipByte(path)
    const note = join(path, '../image.json')
    chmodSync(note, 0o600)
    const changes = { fileSha256: sha256(readFileSync(path)) }
    writeFileSync(note, JSON.stringify({ ...(JSON.parse(readFileSync(note, 'utf8')) as object), ...changes }))
    const again = await preload({ recheck: true })
    expect([again.path, again.state === state, k3sOf(again)]).toEqual([path, false, sha256(binary)])
  },
)

testWithImages('is available as a raw file only where that is asked for', async () => {
  const { preload } = await scene()
  const { path, state, raw } = await preload()
  expect(raw).toBe(null)
  expect(await preload({ alsoRaw: true })).toMatchObject({ raw: { path, state } })
})
