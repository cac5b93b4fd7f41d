import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fetchFile, type FetchFileOptions } from '../../src/download/fetch-file.ts'
import type { ProgressEvent } from '../../src/progress.ts'
import { expectRejection } from '../support/expect-code.ts'
import { type Behaviour, type ReleaseServer, startReleaseServer } from '../support/release-server.ts'
import { noise } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'

const content = noise(400_000, 11)
const path = '/files/a.img.xz'

interface Setting {
  readonly server: ReleaseServer
  readonly url: string
  readonly options: FetchFileOptions
  readonly events: ProgressEvent[]
  readonly arrived: () => Buffer
}

async function setUp(behaviours: readonly Behaviour[] = [], repeat: 'once' | 'forever' = 'once'): Promise<Setting> {
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  server.put(path, content)
  server.behave(path, behaviours, repeat)
  const partialPath = join(temporaryFolder(), 'a.partial')
  const events: ProgressEvent[] = []
  const options: FetchFileOptions = {
    partialPath,
    subject: 'a.img.xz',
    checksum: 'unknown',
    unlessMatches: null,
    transfer: { signal: new AbortController().signal, retryDelaysMs: [1, 1, 1], stallTimeoutMs: 300 },
    progress: (event) => events.push(event),
  }
  return { server, url: `${server.origin}${path}`, options, events, arrived: () => readFileSync(partialPath) }
}

test('downloads a file and reports progress', async () => {
  const { url, options, arrived, events } = await setUp()
  expect(await fetchFile(url, options)).toMatchObject({ kind: 'fetched', resumed: false })
  expect(arrived().equals(content)).toBe(true)
  expect(events.at(-1)).toEqual({
    step: 'download',
    subject: 'a.img.xz',
    completedBytes: content.length,
    totalBytes: content.length,
  })
})

test.each([
  ['the connection is cut', ['cut-at-half']],
  [
    'the connection is cut again and again',
    ['cut-at-half', 'cut-at-half', 'cut-at-half', 'cut-at-half', 'cut-at-half', 'cut-at-half'],
  ],
  ['the connection stalls', ['stall-at-half']],
  ['a chunked body is cut', ['chunked-cut']],
] as const)('goes on where it stopped when %s', async (_, behaviours) => {
  const { server, url, options, arrived } = await setUp(behaviours)
  expect(await fetchFile(url, options)).toMatchObject({ resumed: true })
  expect(arrived().equals(content)).toBe(true)
  expect(server.requests.slice(1).every(({ range }) => range !== null)).toBe(true)
})

test.each([
  ['ignores ranges', ['cut-at-half', 'ignore-range']],
  ['answers with another range', ['cut-at-half', 'wrong-range']],
  ['fails at first', ['status-500', 'status-500', 'good']],
  ['drops connections at first', ['drop', 'drop']],
  ['announces more than it sends, once', ['announce-too-much']],
] as const)('gets the whole file from a server that %s', async (_, behaviours) => {
  const { url, options, arrived } = await setUp(behaviours)
  await fetchFile(url, options)
  expect(arrived().equals(content)).toBe(true)
})

test('starts again if the file changed between two connections', async () => {
  const { server, url, options, arrived } = await setUp(['cut-at-half'])
  const changed = noise(350_000, 12)
  const progress: FetchFileOptions['progress'] = () => {
    server.put(path, changed)
  }
  await fetchFile(url, { ...options, progress })
  expect(arrived().equals(changed)).toBe(true)
})

// How much of the half has arrived when the connection breaks is up to the kernel.
test.each([
  ['unknown', 'no range', /^null$/],
  ['known', 'the rest', /^bytes=[1-9]\d*-$/],
] as const)('with a checksum %s and nothing else to compare asks for %s', async (checksum, _, range) => {
  const { server, url, options, arrived } = await setUp(['no-validators-cut'])
  await fetchFile(url, { ...options, checksum })
  const [first, second] = server.requests.map((request) => request.range)
  expect(first).toBe(null)
  expect(String(second)).toMatch(range)
  expect(arrived().equals(content)).toBe(true)
})

test('resumes the download of an earlier build, and detects a complete one', async () => {
  const { server, url, options, arrived } = await setUp(['cut-at-half'], 'once')
  await expectRejection(
    'DOWNLOAD_TRANSFER_FAILED',
    fetchFile(url, { ...options, transfer: { ...options.transfer, retryDelaysMs: [] } }),
  )
  const left = statSync(options.partialPath).size
  expect(left).toBeGreaterThan(0)
  await fetchFile(url, options)
  expect(server.requests.at(-1)?.range).toBe(`bytes=${left}-`)
  await fetchFile(url, options)
  expect(server.requests.at(-1)?.range).toBe(`bytes=${content.length}-`)
  expect(arrived().equals(content)).toBe(true)
})

test('follows redirects, with the range', async () => {
  const { server, options, arrived } = await setUp(['cut-at-half'])
  server.behave('/latest', [{ redirectTo: path }, { redirectTo: path }])
  await fetchFile(`${server.origin}/latest`, options)
  expect(arrived().equals(content)).toBe(true)
})

test('reports that a file has not changed', async () => {
  const { url, options } = await setUp()
  const fetched = await fetchFile(url, options)
  if (fetched.kind === 'not-modified') return expect.fail('the first time everything is new')
  const again = { ...options, partialPath: `${options.partialPath}2`, unlessMatches: fetched.validators }
  expect(await fetchFile(url, again)).toEqual({ kind: 'not-modified' })
  expect(existsSync(again.partialPath)).toBe(false)
})

test('sends user and password of a URL, and shows neither', async () => {
  const { server, options } = await setUp()
  const url = server.origin.replace('http://', 'http://me:p%40ss@') + path
  await fetchFile(url, options)
  expect(server.requests[0]?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  server.behave(path, ['status-403'])
  const error = await expectRejection(
    'DOWNLOAD_REFUSED',
    fetchFile(url, { ...options, partialPath: `${options.partialPath}2` }),
  )
  expect(error.message).not.toMatch(/p%40ss|p@ss|me:/)
})

test.each([
  ['status-404', 'DOWNLOAD_NOT_FOUND', 1],
  ['status-403', 'DOWNLOAD_REFUSED', 1],
  ['status-500', 'DOWNLOAD_TRANSFER_FAILED', 4],
  ['drop', 'DOWNLOAD_TRANSFER_FAILED', 4],
] as const)('gives up on %s with %s after %i requests', async (behaviour, code, requestCount) => {
  const { server, url, options } = await setUp([behaviour], 'forever')
  await expectRejection(code, fetchFile(url, options))
  expect(server.requests).toHaveLength(requestCount)
})

test.each(['announce-too-much', 'no-validators-cut', 'stall-at-half'] as const)(
  'gives up on a server that makes no progress (%s)',
  async (behaviour) => {
    const { server, url, options } = await setUp([behaviour], 'forever')
    if (behaviour === 'stall-at-half') server.put(path, content.subarray(0, 1))
    await expectRejection('DOWNLOAD_TRANSFER_FAILED', fetchFile(url, options))
  },
)

test('gives up on endless redirects', async () => {
  const { server, options } = await setUp()
  server.behave('/loop', [{ redirectTo: '/loop' }], 'forever')
  await expectRejection('DOWNLOAD_HOST_UNREACHABLE', fetchFile(`${server.origin}/loop`, options))
})

test('reports that no server listens, without a retry', async () => {
  const { server, url, options } = await setUp()
  await server.close()
  const error = await expectRejection('DOWNLOAD_HOST_UNREACHABLE', fetchFile(url, options))
  expect(error.message).toContain('refuses connections')
})

test('stops on an abort and keeps what has arrived', async () => {
  const { url, options } = await setUp(['stall-at-half'])
  const controller = new AbortController()
  const transfer = { ...options.transfer, signal: controller.signal, stallTimeoutMs: 10_000 }
  await expect(
    fetchFile(url, {
      ...options,
      transfer,
      progress: () =>
        setTimeout(() => {
          controller.abort()
        }, 20),
    }),
  ).rejects.toThrow(/abort/)
  expect(statSync(options.partialPath).size).toBeGreaterThan(0)
})
