import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { obtainBaseImage } from '../../src/base-images/obtain-base-image.ts'
import type { ProgressEvent } from '../../src/progress.ts'
import { expectRejection } from '../support/expect-code.ts'
import { cachedFiles, downloads, image, packed, publish, setUp, trixie } from '../support/obtain-setting.ts'
import { sha256 } from '../support/sample-image.ts'
import { canMount, mountSmallDisk } from '../support/small-disk.ts'
import { testWith } from '../support/validators.ts'

const testXz = testWith('xz')

describe('the order of references', () => {
  test('takes the first available one and lists the skipped ones', async () => {
    const { folder, server, obtain } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    const found = await obtain('gone.img', 'debian-13', `${server.origin}/gone.img`, 'mine.img')
    expect(found.reference).toBe('mine.img')
    expect(found.skipped.map(({ reference, code }) => [reference, code])).toEqual([
      ['gone.img', 'BASE_FILE_MISSING'],
      ['debian-13', 'BASE_ID_UNAVAILABLE'],
      [`${server.origin}/gone.img`, 'DOWNLOAD_NOT_FOUND'],
    ])
  })

  test('a misspelt id ends the build, even if other references follow', async () => {
    const { folder, obtain } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    await expectRejection('BASE_ID_UNKNOWN', obtain('raspios-13-lte', 'mine.img'))
  })

  test('lists each reason if none is available', async () => {
    const { obtain } = await setUp()
    const error = await expectRejection('BASE_NONE_AVAILABLE', obtain('gone.img', 'debian-13'))
    expect(error.message).toMatch(/gone\.img: .*\n    Check the path\..*\n.*debian-13: .*\n    Name another base image/)
  })

  test('throws the only reason unchanged, with the nearest id', async () => {
    const { obtain } = await setUp()
    expect((await expectRejection('BASE_ID_UNKNOWN', obtain('raspios-13-light'))).hint).toContain('`raspios-13-lite`')
    await expectRejection('BASE_ID_UNAVAILABLE', obtain('debian-13'))
    await expectRejection('BASE_FILE_MISSING', obtain('gone.img'))
  })

  test('accepts a file that is named like an id', async () => {
    const { folder, obtain } = await setUp()
    writeFileSync(join(folder, 'my-image'), image)
    expect((await obtain('my-image')).path).toBe(join(folder, 'my-image'))
  })

  test('refuses an invalid reference, even after a valid one', async () => {
    const { folder, obtain } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    await expectRejection('BASE_REFERENCE_INVALID', obtain('mine.img', 'https://example.org/a.img#sha256=1'))
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
      if (step === 'download')
        setTimeout(() => {
          controller.abort()
        }, 50)
    }
    await expect(
      obtainBaseImage(['raspios-13-lite', 'debian-13'], { ...options, signal: controller.signal, progress }),
    ).rejects.toThrow(/abort/)
    expect(cachedFiles(cacheFolder).map((name) => name.replace(/^[0-9a-f]{64}\.[0-9a-f-]{36}/, ''))).toEqual([
      '.partial',
      '.partial.json',
    ])
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
    await expect(obtainBaseImage(['a.img.xz'], { ...options, signal: controller.signal, progress })).rejects.toThrow(
      /abort/,
    )
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

testXz('packs and unpacks in as many threads as it is told', async () => {
  const { folder, options } = await setUp({ workerCount: 3 })
  writeFileSync(join(folder, 'xz'), `#!/bin/sh\necho "$@" >> ${folder}/arguments\nexit 1\n`, { mode: 0o755 })
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH ?? ''}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  writeFileSync(join(folder, 'a.img.xz'), packed)
  writeFileSync(join(folder, 'b.img'), image)
  await obtainBaseImage(['a.img.xz'], options)
  await obtainBaseImage(['b.img'], { ...options, format: 'xz' })
  const lines = readFileSync(join(folder, 'arguments'), 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => /-T\d+/.exec(line)?.[0])).toEqual(['-T3', '-T3'])
})

describe('a cache folder that cannot be used', () => {
  test('does not affect an image that is used in place', async () => {
    const { folder, options } = await setUp()
    writeFileSync(join(folder, 'mine.img'), image)
    const cacheFolder = join(folder, 'mine.img', 'cache')
    expect((await obtainBaseImage(['mine.img'], { ...options, cacheFolder })).path).toBe(join(folder, 'mine.img'))
  })

  testXz('says that its path leads through a file', async () => {
    const { folder, options } = await setUp()
    writeFileSync(join(folder, 'a.img.xz'), packed)
    const error = await expectRejection(
      'CACHE_UNWRITABLE',
      obtainBaseImage(['a.img.xz', 'debian-13'], { ...options, cacheFolder: join(folder, 'a.img.xz', 'cache') }),
    )
    expect(error.message).toContain('a.img.xz')
  })

  testXz.skipIf(!canMount())(
    'says that the disk is full, tries no other reference, and leaves no half file',
    async () => {
      const { folder, options } = await setUp()
      writeFileSync(join(folder, 'a.img.xz'), packed)
      writeFileSync(join(folder, 'mine.img'), image)
      const cacheFolder = join(folder, 'small')
      mountSmallDisk(cacheFolder, '600k')
      const error = await expectRejection(
        'CACHE_DISK_FULL',
        obtainBaseImage(['a.img.xz', 'mine.img'], { ...options, cacheFolder }),
      )
      expect(error.message).toContain(cacheFolder)
      expect(cachedFiles(cacheFolder)).toEqual([])
    },
  )
})
