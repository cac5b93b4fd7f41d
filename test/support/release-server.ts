/** A web server on the loopback interface that serves files and misbehaves as told: what downloads meet in the field. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Behaviour =
  /** Serves as a good server does: ranges, ETag, If-Range, If-None-Match. */
  | 'good'
  /** Announces the whole file and cuts the connection after half of what was asked for. */
  | 'cut-at-half'
  /** Sends half and then nothing, without closing. */
  | 'stall-at-half'
  | 'ignore-range'
  /** Answers a range request with a range that begins elsewhere. */
  | 'wrong-range'
  /** Announces 100 bytes more than it sends, then closes. */
  | 'announce-too-much'
  /** Announces half of the file and sends half. */
  | 'announce-half'
  /** Sends half in chunked coding and closes without the last chunk. */
  | 'chunked-cut'
  /** Sends neither ETag nor Last-Modified. */
  | 'no-validators'
  | 'no-validators-cut'
  | 'status-404'
  | 'status-403'
  | 'status-500'
  | 'drop'
  | { readonly redirectTo: string }

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly range: string | null
  readonly authorization: string | null
}

export interface ReleaseServer {
  readonly origin: string
  readonly requests: SeenRequest[]
  /** Sets the content of a path; its ETag follows the content. */
  put(path: string, content: string | Uint8Array): void
  remove(path: string): void
  /** The next requests of a path are answered so, one each; `good` afterwards. `forever` repeats the last. */
  behave(path: string, behaviours: readonly Behaviour[], repeat?: 'once' | 'forever'): void
  /** Frees the port: from then on connections are refused. */
  close(): Promise<void>
}

interface Script {
  readonly behaviours: Behaviour[]
  readonly repeat: 'once' | 'forever'
}

/** Starts a server; the caller closes it. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, Buffer>()
  const scripts = new Map<string, Script>()
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const { range = null, authorization = null } = request.headers
    requests.push({ method: request.method ?? '', path, range, authorization })
    answer(request, response, files.get(path), nextBehaviour(scripts.get(path)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    put: (path, content) => void files.set(path, Buffer.from(content)),
    remove: (path) => void files.delete(path),
    behave: (path, behaviours, repeat = 'once') => void scripts.set(path, { behaviours: [...behaviours], repeat }),
    close: () => closeServer(server),
  }
}

function nextBehaviour(script: Script | undefined): Behaviour {
  if (script === undefined) return 'good'
  if (script.repeat === 'forever' && script.behaviours.length === 1) return script.behaviours[0] ?? 'good'
  return script.behaviours.shift() ?? 'good'
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer | undefined,
  behaviour: Behaviour,
): void {
  if (typeof behaviour === 'object') {
    response.writeHead(302, { location: behaviour.redirectTo }).end()
    return
  }
  if (behaviour === 'drop') {
    request.socket.destroy()
    return
  }
  const forced = /^status-(\d+)$/.exec(behaviour)?.[1]
  if (forced !== undefined || content === undefined) {
    response
      .writeHead(forced === undefined ? 404 : Number(forced), { 'content-type': 'text/html' })
      .end('<html>sorry</html>')
    return
  }
  serve(request, response, content, behaviour)
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  behaviour: Behaviour & string,
): void {
  const etag = `"${content.length}-${content.subarray(0, 64).toString('hex')}-${content.subarray(-64).toString('hex')}"`
  if (!behaviour.startsWith('no-validators')) response.setHeader('etag', etag)
  if (behaviour === 'good' && request.headers['if-none-match'] === etag) {
    response.writeHead(304).end()
    return
  }
  const first = behaviour === 'ignore-range' ? null : rangeStart(request, etag)
  if (first !== null && first >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    return
  }
  const body = content.subarray(first ?? 0)
  if (first !== null) {
    const shown = behaviour === 'wrong-range' ? first - 1 : first
    response.setHeader('content-range', `bytes ${shown}-${content.length - 1}/${content.length}`)
  }
  response.statusCode = first === null ? 200 : 206
  if (request.method === 'HEAD') response.setHeader('content-length', body.length).end()
  else send(response, body, behaviour)
}

function rangeStart(request: IncomingMessage, etag: string): number | null {
  const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
  const ifRange = request.headers['if-range']
  return start === undefined || (ifRange !== undefined && ifRange !== etag) ? null : Number(start)
}

function send(response: ServerResponse, body: Buffer, behaviour: Behaviour & string): void {
  const half = body.subarray(0, Math.floor(body.length / 2))
  switch (behaviour) {
    case 'cut-at-half':
    case 'no-validators-cut':
      response.setHeader('content-length', body.length)
      response.write(half, () => setTimeout(() => response.socket?.destroy(), 20))
      return
    case 'stall-at-half':
      response.setHeader('content-length', body.length)
      response.write(half)
      return
    case 'announce-too-much':
      response.setHeader('content-length', body.length + 100)
      response.write(body, () => setTimeout(() => response.socket?.destroy(), 20))
      return
    case 'announce-half':
      response.setHeader('content-length', half.length)
      response.end(half)
      return
    case 'chunked-cut':
      response.write(half, () => setTimeout(() => response.socket?.destroy(), 20))
      return
    default:
      response.setHeader('content-length', body.length)
      response.end(body)
  }
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
