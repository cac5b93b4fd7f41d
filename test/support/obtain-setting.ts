/** A cache, a server laid out as the publishers' are, and base images to obtain from both. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { obtainBaseImage, type ObtainBaseImageOptions } from '../../src/base-images/obtain-base-image.ts'
import { defaultCatalog } from '../../src/base-images/reference/catalog.ts'
import type { BaseImage } from '../../src/model/base-image.ts'
import type { ProgressEvent } from '../../src/progress.ts'
import { type ReleaseServer, startReleaseServer } from './release-server.ts'
import { sampleImage, sha256 } from './sample-image.ts'
import { temporaryFolder } from './small-image.ts'
import { hasProgram } from './validators.ts'
import { xz } from './xz.ts'

export const image = sampleImage()
/** The image as an .xz with many blocks. */
export const packed = hasProgram('xz') ? xz(image, '-T1', '--block-size=256KiB', '-1') : gzipSync(image)

export interface Setting {
  readonly server: ReleaseServer
  readonly folder: string
  readonly cacheFolder: string
  readonly events: ProgressEvent[]
  readonly options: ObtainBaseImageOptions
  readonly obtain: (...references: readonly string[]) => Promise<BaseImage>
}

/** Starts an empty server and an empty cache, which go with the test. */
export async function setUp(changes: Partial<ObtainBaseImageOptions> = {}): Promise<Setting> {
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  const folder = temporaryFolder()
  const cacheFolder = join(folder, 'cache')
  const events: ProgressEvent[] = []
  const options: ObtainBaseImageOptions = {
    cacheFolder,
    workerCount: 2,
    baseFolder: folder,
    format: 'raw',
    catalog: defaultCatalog({ raspberryPi: server.origin, ubuntu: server.origin }),
    now: new Date('2026-11-21T10:00:00Z'),
    signal: new AbortController().signal,
    progress: (event) => events.push(event),
    transfer: { retryDelaysMs: [1, 1, 1], stallTimeoutMs: 500 },
    lockTiming: { pollMs: 5, heartbeatMs: 20, staleAfterMs: 400 },
    ...changes,
  }
  return {
    server,
    folder,
    cacheFolder,
    events,
    options,
    obtain: (...references) => obtainBaseImage(references, options),
  }
}

export const trixie = '2026-10-06-raspios-trixie-arm64-lite.img.xz'
export const bookworm = '2026-06-18-raspios-bookworm-arm64-lite.img.xz'

/** Lays out a server as Raspberry Pi's is. */
export function publish(server: ReleaseServer, latest: string, fileName: string, content: Uint8Array): string {
  const path = `/raspios_lite_arm64/images/raspios_lite_arm64-2026-10-07/${fileName}`
  server.put(path, content)
  server.put(`${path}.sha256`, `${sha256(content)}  ${fileName}\n`)
  server.behave(`/${latest}`, [{ redirectTo: path }], 'forever')
  return path
}

/** Gives the names of all files below the cache folder, except notes about SHA-256 sums that were computed. */
export function cachedFiles(cacheFolder: string): string[] {
  return readdirSync(cacheFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .filter((name) => name !== 'checked' && !name.startsWith('hash-'))
    .sort()
}

/** Counts the times that a file was fetched. */
export function downloads(server: ReleaseServer, path: string): number {
  return server.requests.filter((request) => request.method === 'GET' && request.path === path).length
}
