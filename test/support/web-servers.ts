/** Web servers of this machine, with and without TLS, whose answers a test writes. */
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './small-image.ts'
import { run } from './validators.ts'

export interface Identity {
  readonly key: string
  readonly certificate: string
  /** File of the certificate, which signs itself: who trusts it as an authority trusts the server. */
  readonly authorityFile: string
}

/** Makes a certificate of localhost that no machine trusts. Needs openssl. */
export function makeIdentity(): Identity {
  const folder = temporaryFolder()
  const keyFile = join(folder, 'key.pem')
  const authorityFile = join(folder, 'certificate.pem')
  const { status, output } = run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', keyFile, '-out', authorityFile],
  ])
  if (status !== 0) throw new Error(output)
  return { key: readFileSync(keyFile, 'utf8'), certificate: readFileSync(authorityFile, 'utf8'), authorityFile }
}

/** Starts a server that goes with the test. Returns its origin. */
export async function startWebServer(answer: RequestListener, identity: Identity | null = null): Promise<string> {
  const server =
    identity === null
      ? createHttpServer(answer)
      : createHttpsServer({ key: identity.key, cert: identity.certificate }, answer)
  return `${identity === null ? 'http' : 'https'}://localhost:${await listen(server)}`
}

/** Starts a server that answers each connection with these bytes, whatever was asked. Returns its origin, and a count of connections. */
export async function startRawServer(
  reply: string,
): Promise<{ readonly origin: string; readonly connections: () => number }> {
  let count = 0
  const server = createSocketServer((socket) => {
    count += 1
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.end(reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => count }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
