/** Replies that no retry makes usable, and ways that are not protected on every hop: real servers, one attempt. */
import { readFileSync } from 'node:fs'
import { globalAgent } from 'node:https'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fetchFile, type FetchFileOptions } from '../../src/download/fetch-file.ts'
import { fetchText } from '../../src/download/fetch-text.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { testWith } from '../support/validators.ts'
import { type Identity, makeIdentity, startRawServer, startWebServer } from '../support/web-servers.ts'

const transfer = { signal: new AbortController().signal, retryDelaysMs: [1, 1, 1, 1], stallTimeoutMs: 2000 }

function fileOptions(): FetchFileOptions {
  return {
    partialPath: join(temporaryFolder(), 'a.partial'),
    subject: 'a.img',
    checksum: 'unknown',
    unlessMatches: null,
    transfer,
    progress: () => undefined,
  }
}

const redirect = (location: string): string =>
  `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`

describe.each([
  [
    'redirects to a file',
    redirect('file:///etc/passwd'),
    'it redirects to file:…, which is no address of a web server',
  ],
  ['redirects to FTP', redirect('ftp://a.example/x'), 'it redirects to ftp:…, which is no address of a web server'],
  ['redirects to a malformed address', redirect('http://['), 'it redirects to an address that is not valid'],
  ['redirects to nowhere', 'HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n', 'it redirects without an address'],
  ['sends headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`, 'its headers are too large'],
  ['sends no length but a word', 'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx', 'its Content-Length is not valid'],
  [
    'sends two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
    'its Content-Length is not valid',
  ],
  ['speaks another protocol', '220 mail.example ESMTP\r\n', 'it does not answer with HTTP'],
  [
    'says that nothing has changed',
    'HTTP/1.1 304 Not Modified\r\n\r\n',
    'it answered with status 304, which does not fit the request',
  ],
  ['has no content', 'HTTP/1.1 204 No Content\r\n\r\n', 'it answered with status 204, which does not fit the request'],
  [
    'sends a part that nobody asked for',
    'HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx',
    'it answered with status 206, which does not fit the request',
  ],
])('a server that %s', (_case, reply, reason) => {
  test('is asked once, for a file and for a list', async () => {
    for (const fetch of [(url: string) => fetchFile(url, fileOptions()), (url: string) => fetchText(url, transfer)]) {
      const { origin, connections } = await startRawServer(reply)
      const error = await expectRejection('DOWNLOAD_REPLY_INVALID', fetch(`${origin}/a.img`))
      expect(error.message).toContain(reason)
      expect(connections()).toBe(1)
    }
  })
})

test('a reply that is cut off is asked for again', async () => {
  const { origin, connections } = await startRawServer('HTTP/1.1 200 OK\r\nContent-Le')
  await expectRejection('DOWNLOAD_TRANSFER_FAILED', fetchText(`${origin}/list`, transfer))
  expect(connections()).toBe(1 + transfer.retryDelaysMs.length)
})

describe('with TLS', () => {
  const trust = (identity: Identity): void => {
    const before = globalAgent.options.ca
    globalAgent.options.ca = identity.certificate
    onTestFinished(() => {
      globalAgent.options.ca = before
    })
  }

  /** A chain of servers: each redirects to the next, and the last has the file. Returns the first address, and the hops that were asked. */
  async function startChain(protocols: readonly ('http' | 'https')[], relative: boolean) {
    const identity = makeIdentity()
    trust(identity)
    const asked: number[] = []
    let next: string | null = null
    for (let hop = protocols.length - 1; hop >= 0; hop -= 1) {
      const target = next
      const origin = await startWebServer(
        (request, response) => {
          asked.push(hop)
          if (relative && request.url === '/a.img') response.writeHead(302, { location: './b/../c.img' }).end('moved')
          else if (target !== null) response.writeHead(307, { location: target }).end('moved')
          else response.end('content')
        },
        protocols[hop] === 'https' ? identity : null,
      )
      next = `${origin}/a.img`
    }
    return { url: next ?? '', asked }
  }

  const testTls = testWith('openssl')

  testTls.each([
    [['https', 'http', 'https'], [0]],
    [
      ['https', 'https', 'http'],
      [0, 1],
    ],
    [
      ['https', 'https', 'http', 'https'],
      [0, 1],
    ],
    [['https', 'http'], [0]],
  ] as const)('the way %j is refused before a plain server is asked', async (protocols, hops) => {
    for (const relative of [false, true]) {
      const { url, asked } = await startChain(protocols, relative)
      await expectRejection('DOWNLOAD_REDIRECT_INSECURE', fetchFile(url, fileOptions()))
      expect([...new Set(asked)]).toEqual(hops)
      await expectRejection('DOWNLOAD_REDIRECT_INSECURE', fetchText(url, transfer))
    }
  })

  testTls.each([
    [['https', 'https', 'https']],
    [['http', 'http']],
    [['http', 'https']],
    [['http', 'https', 'http']],
  ] as const)('the way %j is followed', async (protocols) => {
    for (const relative of [false, true]) {
      const { url } = await startChain(protocols, relative)
      const options = fileOptions()
      await fetchFile(url, options)
      expect(readFileSync(options.partialPath, 'utf8')).toBe('content')
      expect(await fetchText(url, transfer)).toBe('content')
    }
  })

  testTls('a server that nobody trusts is asked once', async () => {
    const origin = await startWebServer((_request, response) => response.end('content'), makeIdentity())
    const error = await expectRejection('DOWNLOAD_HOST_UNREACHABLE', fetchText(`${origin}/list`, transfer))
    expect(error.message).toMatch(/certificate is signed by/)
  })

  test('an https address of a server without TLS is asked once', async () => {
    const { origin, connections } = await startRawServer('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx')
    const url = origin.replace('http:', 'https:')
    const error = await expectRejection('DOWNLOAD_HOST_UNREACHABLE', fetchText(url, transfer))
    expect([error.message.includes('does not answer with TLS'), connections()]).toEqual([true, 1])
  })
})

test('user and password go to the server that they are for, and to no other', async () => {
  const seen: (string | undefined)[] = []
  const other = await startWebServer((request, response) => {
    seen.push(request.headers.authorization)
    response.end('content')
  })
  const origin = await startWebServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(302, { location: request.url === '/a' ? '/b' : `${other}/c` }).end()
  })
  await fetchText(`${origin.replace('http://', 'http://me:secret@')}/a`, transfer)
  const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`
  expect(seen).toEqual([basic, basic, undefined])
})
