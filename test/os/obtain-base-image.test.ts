import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BaseImage } from '../../src/model/base-image.ts'
import type { ProgressEvent } from '../../src/model/progress.ts'
import { defaultCatalog } from '../../src/os/catalog.ts'
import { obtainBaseImage, type ObtainBaseImageOptions } from '../../src/os/obtain-base-image.ts'
import { expectRejection } from '../support/expect-code.ts'
import { hasProgram, testWith } from '../support/judges.ts'
import { type ReleaseServer, startReleaseServer } from '../support/release-server.ts'
import { noise, sampleImage, sha256 } from '../support/sample-image.ts'
import { canMount, mountSmallDisk } from '../support/small-disk.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { xz } from '../support/xz.ts'

const image = sampleImage()
const packed = hasProgram('xz') ? xz(image, '-T1', '--block-size=256KiB', '-1') : gzipSync(image)
const testXz = testWith('xz')

interface Setting {
  readonly server: ReleaseServer
  readonly folder: string
  readonly cacheFolder: string
  readonly events: ProgressEvent[]
  readonly options: ObtainBaseImageOptions
  readonly obtain: (...references: readonly string[]) => Promise<BaseImage>
}

async function setUp(changes: Partial<ObtainBaseImageOptions> = {}): Promise<Setting> {
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  const folder = temporaryFolder()
  const cacheFolder = join(folder, 'cache')
  const events: ProgressEvent[] = []
  const options: ObtainBaseImageOptions = {
    cacheFolder,
    baseFolder: folder,
    form: 'raw',
    catalog: defaultCatalog({ raspberryPi: server.origin, ubuntu: server.origin }),
    now: new Date('2026-11-21T10:00:00Z'),
    signal: new AbortController().signal,
    progress: (event) => events.push(event),
    transfer: { retryDelaysMs: [1, 1, 1], stallTimeoutMs: 500 },
    lockTiming: { pollMs: 5, heartbeatMs: 20, staleAfterMs: 400 },
    ...changes,
  }
  return { server, folder, cacheFolder, events, options, obtain: (...references) => obtainBaseImage(references, options) }
}

const trixie = '2026-10-06-raspios-trixie-arm64-lite.img.xz'
const bookworm = '2026-06-18-raspios-bookworm-arm64-lite.img.xz'

/** Lays out a server as Raspberry Pi's is. */
function publish(server: ReleaseServer, latest: string, fileName: string, content: Uint8Array): string {
  const path = `/raspios_lite_arm64/images/raspios_lite_arm64-2026-10-07/${fileName}`
  server.put(path, content)
  server.put(`${path}.sha256`, `${sha256(content)}  ${fileName}\n`)
  server.behave(`/${latest}`, [{ redirectTo: path }], 'forever')
  return path
}

/** The names of all files below the cache folder. */
function cachedFiles(cacheFolder: string): string[] {
  return readdirSync(cacheFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => entry.name).sort()
}

function downloads(server: ReleaseServer, path: string): number {
  return server.requests.filter((request) => request.method === 'GET' && request.path === path).length
}

describe('local files', () => {
  test('uses a raw image where it is and writes nothing', async () => {
    const { folder, obtain } = await setUp()
    const path = join(folder, 'mine.img')
    writeFileSync(path, image)
    chmodSync(path, 0o444)
    const before = statSync(path)
    expect(await obtain('mine.img')).toEqual({
      reference: 'mine.img', path, blocksFolder: null, state: '', rawPath: null, byteLength: image.byteLength, source: path, verifiedSha256: null, skipped: [], warnings: [],
    })
    expect(statSync(path)).toMatchObject({ mtimeMs: before.mtimeMs, size: before.size })
    expect(readdirSync(folder)).toEqual(['mine.img'])
  })

  testXz('unpacks .xz and .gz once, by content and not by name, into read-only files', async () => {
    const { folder, obtain, events } = await setUp()
    for (const [name, content] of [['a.bin', packed], ['b.img', gzipSync(image)]] as const) {
      writeFileSync(join(folder, name), content)
      const first = await obtain(`./${name}`)
      expect(readFileSync(first.path).equals(image)).toBe(true)
      expect(statSync(first.path).mode & 0o777).toBe(0o444)
      expect(events.some(({ step, completedBytes, totalBytes }) => step === 'decompress' && completedBytes === totalBytes)).toBe(true)
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
    ['XZ_CORRUPT', () => Buffer.concat([packed.subarray(0, 200_000), Buffer.from([1, 2, 3, 4]), packed.subarray(200_004)])],
    ['XZ_TRAILING_DATA', () => Buffer.concat([packed, Buffer.from('bye')])],
    ['GZIP_TRUNCATED', () => gzipSync(image).subarray(0, -5)],
    ['PARTITION_TABLE_MISSING', () => xz(noise(100_000, 2))],
    ['PARTITION_TABLE_MISSING', () => gzipSync(Buffer.from('short'))],
    ['OS_FORMAT_UNSUPPORTED', () => Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), noise(1000, 3)])],
    ['OS_FILE_UNREADABLE', () => Buffer.alloc(0)],
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
    await expectRejection('OS_FILE_UNREADABLE', obtain('./'))
  })

  testXz('notices a file that changes while it is unpacked', async () => {
    const { folder, cacheFolder, options } = await setUp()
    const path = join(folder, 'a.img.xz')
    writeFileSync(path, packed)
    const progress = ({ step }: ProgressEvent): void => {
      if (step === 'decompress') writeFileSync(path, packed)
    }
    await expectRejection('OS_FILE_CHANGED', obtainBaseImage(['a.img.xz'], { ...options, progress }))
    expect(cachedFiles(cacheFolder)).toEqual([])
  })
})

describe('the order of references', () => {
  test('takes the first that can be had and lists what was skipped', async () => {
    const { folder, server, obtain } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    const found = await obtain('gone.img', 'debian-13', `${server.origin}/gone.img`, 'mine.img')
    expect(found.reference).toBe('mine.img')
    expect(found.skipped.map(({ reference, code }) => [reference, code])).toEqual([
      ['gone.img', 'OS_FILE_MISSING'], ['debian-13', 'OS_ID_UNAVAILABLE'],
      [`${server.origin}/gone.img`, 'OS_URL_NOT_FOUND'],
    ])
  })

  test('a misspelt id ends it, whatever comes after', async () => {
    const { folder, obtain } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    await expectRejection('OS_ID_UNKNOWN', obtain('raspios-13-lte', 'mine.img'))
  })

  test('lists each reason where none can be had', async () => {
    const { obtain } = await setUp()
    const error = await expectRejection('OS_NONE_AVAILABLE', obtain('gone.img', 'debian-13'))
    expect(error.message).toMatch(/gone\.img: .*\n.*debian-13: /)
  })

  test('gives the one reason as it is, with the nearest id', async () => {
    const { obtain } = await setUp()
    expect((await expectRejection('OS_ID_UNKNOWN', obtain('raspios-13-light'))).hint).toContain('`raspios-13-lite`')
    await expectRejection('OS_ID_UNAVAILABLE', obtain('debian-13'))
    await expectRejection('OS_FILE_MISSING', obtain('gone.img'))
  })

  test('takes a file that is named like an id', async () => {
    const { folder, obtain } = await setUp()
    writeFileSync(join(folder, 'my-image'), image)
    expect((await obtain('my-image')).path).toBe(join(folder, 'my-image'))
  })

  test('refuses a reference that is wrong in itself, even behind a good one', async () => {
    const { folder, obtain } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    await expectRejection('OS_REFERENCE_INVALID', obtain('mine.img', 'https://example.org/a.img#sha256=1'))
  })
})

describe('catalog ids', () => {
  testXz('fetches the newest Raspberry Pi OS, verified, once', async () => {
    const { server, obtain, cacheFolder } = await setUp()
    const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
    const first = await obtain('raspios-13-lite')
    expect(first).toMatchObject({
      reference: 'raspios-13-lite', source: `${server.origin}${path}`, verifiedSha256: sha256(packed), byteLength: image.byteLength, warnings: [],
    })
    expect(readFileSync(first.path).equals(image)).toBe(true)
    expect(await obtain('raspios-13-lite')).toEqual(first)
    expect(downloads(server, path)).toBe(1)
    expect(cachedFiles(cacheFolder)).toEqual(['base.img', 'base.img.xz', 'image.json', 'image.json', 'raspios-13-lite.json'])
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
    await expectRejection('OS_RELEASE_NOT_FOUND', obtain('raspios-13-lite'))
  })

  testXz('takes the newest point release of Ubuntu', async () => {
    const { server, obtain } = await setUp()
    const name = (version: string): string => `ubuntu-${version}-preinstalled-server-arm64+raspi.img.xz`
    const folder = '/releases/24.04/release'
    server.put(`${folder}/SHA256SUMS`, ['24.04', '24.04.2', '24.04.10', '24.04.9', '26.04.11'].map((version) =>
      `${version === '24.04.10' ? sha256(packed) : 'a'.repeat(64)} *${name(version)}`).join('\n'))
    server.put(`${folder}/${name('24.04.10')}`, packed)
    const found = await obtain('ubuntu-24.04')
    expect(found.source).toBe(`${server.origin}${folder}/${name('24.04.10')}`)
    server.put('/releases/26.04/release/SHA256SUMS', '<html>')
    await expectRejection('OS_RELEASE_NOT_FOUND', obtain('ubuntu-26.04'))
  })

  testXz('refuses an image whose checksum the publisher does not list', async () => {
    const { server, obtain } = await setUp()
    const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
    server.put(`${path}.sha256`, '<html>')
    await expectRejection('OS_CHECKSUM_UNLISTED', obtain('raspios-13-lite'))
    expect(downloads(server, path)).toBe(0)
  })

  testXz('uses the cached image without a network and says so', async () => {
    const { server, obtain } = await setUp()
    publish(server, 'raspios_lite_arm64_latest', trixie, packed)
    const online = await obtain('raspios-13-lite')
    await server.close()
    const offline = await obtain('raspios-13-lite', 'gone.img')
    expect(offline).toMatchObject({ path: online.path, verifiedSha256: sha256(packed), skipped: [] })
    expect(offline.warnings.map(({ code }) => code)).toEqual(['OS_CACHED_IMAGE_USED'])
    expect(offline.warnings[0]?.message).toContain('2026-11-21')
    await expectRejection('OS_HOST_UNREACHABLE', obtain('ubuntu-24.04'))
  })

  testXz('ends with a wrong checksum, tries no other reference, and takes the right file next time', async () => {
    const { server, obtain, cacheFolder, folder } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
    const other = xz(sampleImage(9))
    server.put(path, other)
    const error = await expectRejection('OS_CHECKSUM_MISMATCH', obtain('raspios-13-lite', 'mine.img'))
    expect(error.message).toContain(sha256(other))
    expect(error.message).toContain(sha256(packed))
    expect(cachedFiles(cacheFolder)).toEqual([])
    server.put(path, packed)
    expect((await obtain('raspios-13-lite')).verifiedSha256).toBe(sha256(packed))
  })
})

describe('URLs', () => {
  const path = '/images/a.img.xz'

  testXz('takes the checksum that lies beside the file', async () => {
    const { server, obtain } = await setUp()
    server.put(path, packed)
    server.put(`${path}.sha256`, `${sha256(packed)}\n`)
    expect(await obtain(`${server.origin}${path}`)).toMatchObject({ verifiedSha256: sha256(packed), warnings: [] })
    server.put('/images/b.img.xz', packed)
    server.put('/images/SHA256SUMS', `${sha256(packed)} *b.img.xz\n`)
    expect(await obtain(`${server.origin}/images/b.img.xz`)).toMatchObject({ verifiedSha256: sha256(packed), warnings: [] })
    server.put('/images/SHA256SUMS', `${sha256(image)} *b.img.xz\n`)
    await expectRejection('OS_CHECKSUM_MISMATCH', obtain(`${server.origin}/images/b.img.xz`))
  })

  testXz('warns where nobody vouches for the file, and fetches it again only when it changed', async () => {
    const { server, obtain } = await setUp()
    server.put(path, packed)
    const url = `${server.origin}${path}`
    const first = await obtain(url)
    expect(first.verifiedSha256).toBeNull()
    expect(first.warnings).toMatchObject([{ code: 'OS_CHECKSUM_UNKNOWN' }])
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
    await expectRejection('OS_CHECKSUM_MISMATCH', obtain(`${url}#sha256=${'0'.repeat(64)}`))
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
    const cached = readdirSync(join(cacheFolder, 'index')).map((name) => readFileSync(join(cacheFolder, 'index', name), 'utf8'))
    expect(JSON.stringify([found, events, cached])).not.toMatch(/hunter/)
  })

  testXz('fetches the whole file anew where the pieces of two connections do not fit', async () => {
    const { server, options, obtain } = await setUp()
    server.put(path, xz(sampleImage(5)))
    server.behave(path, ['cut-at-half'])
    const url = `${server.origin}${path}#sha256=${sha256(packed)}`
    await expectRejection('OS_TRANSFER_FAILED', obtainBaseImage([url], { ...options, transfer: { retryDelaysMs: [] } }))
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
})

describe('two builds and ends before the end', () => {
  testXz('downloads once for builds at the same time; the others wait and say so', async () => {
    const { server, obtain, events } = await setUp()
    const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
    const found = await Promise.all([1, 2, 3].map(() => obtain('raspios-13-lite')))
    expect(new Set(found.map((one) => one.path)).size).toBe(1)
    expect(downloads(server, path)).toBe(1)
    expect(events.some(({ step }) => step === 'wait')).toBe(true)
  })

  testXz('leaves only the part of a download after an abort, and goes on with it', async () => {
    const { server, options, obtain, cacheFolder } = await setUp()
    const path = publish(server, 'raspios_lite_arm64_latest', trixie, packed)
    // The first request asks where the redirect leads.
    server.behave(path, ['good', 'stall-at-half'])
    const controller = new AbortController()
    const progress = ({ step }: ProgressEvent): void => {
      if (step === 'download') setTimeout(() => { controller.abort() }, 50)
    }
    await expect(obtainBaseImage(['raspios-13-lite', 'debian-13'], { ...options, signal: controller.signal, progress })).rejects.toThrow(/abort/)
    expect(cachedFiles(cacheFolder).map((name) => name.replace(/^[0-9a-f]{64}/, ''))).toEqual(['.partial', '.partial.json'])
    expect(readFileSync((await obtain('raspios-13-lite')).path).equals(image)).toBe(true)
    expect(server.requests.at(-1)?.range).not.toBeNull()
  })

  testXz('leaves nothing of an image whose unpacking was aborted', async () => {
    const { folder, options, cacheFolder } = await setUp()
    writeFileSync(join(folder, 'a.img.xz'), packed)
    const controller = new AbortController()
    const progress = ({ step }: ProgressEvent): void => {
      if (step === 'decompress') controller.abort()
    }
    await expect(obtainBaseImage(['a.img.xz'], { ...options, signal: controller.signal, progress })).rejects.toThrow(/abort/)
    expect(cachedFiles(cacheFolder)).toEqual([])
  })

  testXz('clears up after a build that was killed while it unpacked', async () => {
    const { folder, obtain, cacheFolder } = await setUp()
    writeFileSync(join(folder, 'a.img.xz'), packed)
    const left = join(cacheFolder, 'images', `${sha256(packed)}.partial-x1y2z3`)
    mkdirSync(left, { recursive: true })
    writeFileSync(join(left, 'base.img'), 'half')
    mkdirSync(join(cacheFolder, 'locks'))
    writeFileSync(join(cacheFolder, 'locks', `image-${sha256(packed)}.lock`), '.')
    expect(readFileSync((await obtain('a.img.xz')).path).equals(image)).toBe(true)
    expect(readdirSync(join(cacheFolder, 'images'))).toEqual([sha256(packed)])
  })
})

describe('a cache folder that does not do', () => {
  testXz('says that its path leads through a file', async () => {
    const { folder, options } = await setUp()
    writeFileSync(join(folder, 'a.img.xz'), packed)
    const error = await expectRejection('OS_CACHE_UNWRITABLE', obtainBaseImage(['a.img.xz', 'debian-13'], { ...options, cacheFolder: join(folder, 'a.img.xz', 'cache') }))
    expect(error.message).toContain('a.img.xz')
  })

  testXz.skipIf(!canMount())('says that the disk is full, tries no other reference, and leaves no half file', async () => {
    const { folder, options } = await setUp()
    writeFileSync(join(folder, 'a.img.xz'), packed)
    writeFileSync(join(folder, 'mine.img'), image)
    const cacheFolder = join(folder, 'small')
    mountSmallDisk(cacheFolder, '600k')
    const error = await expectRejection('OS_DISK_FULL', obtainBaseImage(['a.img.xz', 'mine.img'], { ...options, cacheFolder }))
    expect(error.message).toContain(cacheFolder)
    expect(cachedFiles(cacheFolder)).toEqual([])
  })
})
