import type { Readable } from 'node:stream'
import fetch, { type Headers, type Response } from 'node-fetch'
import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'
import { explainNetworkError } from './explain-network-error.ts'
import { requireSecureRedirect } from './require-secure-redirect.ts'
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

/**
 * Sends one request and passes the reply to `use`. Closes the connection on every path. Refuses redirects from https to
 * http.
 */
export async function withReply<T>(
  request: HttpRequest,
  transfer: Transfer,
  use: (reply: HttpReply) => Promise<T>,
): Promise<T> {
  const watch = new StallWatch(request.url, transfer)
  const response = await watch.during(() => send(request, watch.signal))
  // node-fetch's bodies are Node's streams; its types name the older interface.
  const body = response.body as Readable | null
  try {
    requireSecureRedirect(request.url, response.url)
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
  return fetch(url.href, { method: request.method, headers, compress: false, signal })
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
