import type { Readable } from 'node:stream'
import fetch, { type Headers, type Response } from 'node-fetch'
import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'
import { explainNetworkError } from './explain-network-error.ts'
import { nextHop } from './next-hop.ts'
import type { Transfer } from './transfer.ts'

export interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
}

/** A server's reply. `body` throws `DOWNLOAD_TRANSFER_FAILED` if the connection is cut or stalls. */
export interface HttpReply {
  readonly status: number
  readonly headers: Headers
  /** After redirects. */
  readonly url: string
  readonly body: AsyncIterable<Uint8Array>
}

/** As many as browsers follow. */
const MOST_REDIRECTS = 20

/**
 * Sends one request, follows its redirects and passes the reply to `use`. Closes the connection on every path. Refuses
 * redirects from https to http.
 */
export async function withReply<T>(
  request: HttpRequest,
  transfer: Transfer,
  use: (reply: HttpReply) => Promise<T>,
): Promise<T> {
  const watch = new StallWatch(request.url, transfer)
  const response = await follow(request, watch)
  const body = bodyOf(response)
  try {
    return await use({
      status: response.status,
      headers: response.headers,
      url: response.url,
      body: readBody(body, watch),
    })
  } finally {
    body?.destroy()
  }
}

/** Follows redirects one by one: node-fetch would tell only the last address, and an insecure hop could be any of them. */
async function follow(request: HttpRequest, watch: StallWatch): Promise<Response> {
  const start = new URL(request.url)
  let url = request.url
  for (let redirects = 0; ; redirects += 1) {
    const response = await watch.during(() => send({ ...request, url }, watch.signal))
    let next: string | null
    try {
      next = nextHop(request.url, { url, status: response.status, location: response.headers.get('location') })
    } catch (error) {
      bodyOf(response)?.destroy()
      throw error
    }
    if (next === null) return response
    bodyOf(response)?.destroy()
    if (redirects === MOST_REDIRECTS)
      throw new BuildError('DOWNLOAD_HOST_UNREACHABLE', {
        url: displayUrl(request.url),
        reason: 'it redirects without end',
      })
    url = withCredentials(next, start)
  }
}

/** Adds user and password of the first address, for the same server only. */
function withCredentials(target: string, start: URL): string {
  const url = new URL(target)
  if (url.origin === start.origin && url.username === '') {
    url.username = start.username
    url.password = start.password
  }
  return url.href
}

/** node-fetch's bodies are Node's streams; its types name the older interface. */
function bodyOf(response: Response): Readable | null {
  return response.body as Readable | null
}

async function send(request: HttpRequest, signal: AbortSignal): Promise<Response> {
  const url = new URL(request.url)
  const headers: Record<string, string> = {
    // Some servers refuse default client names. `identity` asks for the bytes as they are stored.
    'user-agent': 'bantam',
    'accept-encoding': 'identity',
    ...request.headers,
  }
  if (url.username !== '') {
    // node-fetch rejects a URL that holds a user, and its messages repeat the URL.
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    url.username = ''
    url.password = ''
  }
  return fetch(url.href, { method: request.method, headers, compress: false, redirect: 'manual', signal })
}

async function* readBody(body: Readable | null, watch: StallWatch): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return
  // Streams without encoding give bytes.
  const iterator: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  for (;;) {
    const result = await watch.during(() => iterator.next())
    if (result.done === true) return
    yield result.value
  }
}

/** Ends a wait for the network after a time without data. Time that the reader spends on the data does not count. */
class StallWatch {
  readonly signal: AbortSignal
  readonly #stalled = new AbortController()
  readonly #url: string
  readonly #transfer: Transfer

  constructor(url: string, transfer: Transfer) {
    this.#url = url
    this.#transfer = transfer
    this.signal = AbortSignal.any([transfer.signal, this.#stalled.signal])
  }

  async during<T>(wait: () => Promise<T>): Promise<T> {
    const { signal, stallTimeoutMs } = this.#transfer
    signal.throwIfAborted()
    const timer = setTimeout(() => {
      this.#stalled.abort()
    }, stallTimeoutMs)
    try {
      return await wait()
    } catch (error) {
      signal.throwIfAborted()
      if (this.#stalled.signal.aborted) {
        throw new BuildError('DOWNLOAD_TRANSFER_FAILED', {
          url: displayUrl(this.#url),
          reason: `nothing arrived for ${stallTimeoutMs / 1000} s`,
        })
      }
      throw explainNetworkError(this.#url, error)
    } finally {
      clearTimeout(timer)
    }
  }
}
