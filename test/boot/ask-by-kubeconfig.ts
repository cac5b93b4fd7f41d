import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { checkServerIdentity } from 'node:tls'
import { parse } from 'yaml'

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string }
  }[]
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string }
  }[]
}

/** Asks an API server as kubectl does, with what a kubeconfig says; a port of this machine leads to the server that it names. */
export function askByKubeconfig(
  path: string,
  port: number,
  url: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const {
    clusters: [first],
    users: [bearer],
  } = parse(readFileSync(path, 'utf8')) as Kubeconfig
  if (first === undefined || bearer === undefined) throw new Error(`${path} names no cluster`)
  const decode = (base64: string): string => Buffer.from(base64, 'base64').toString()
  const { hostname } = new URL(first.cluster.server)
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path: url,
        ca: decode(first.cluster['certificate-authority-data']),
        cert: decode(bearer.user['client-certificate-data']),
        key: decode(bearer.user['client-key-data']),
        // Whatever the way to it, the server must be the one of the kubeconfig.
        checkServerIdentity: (_host, certificate) => checkServerIdentity(hostname, certificate),
      },
      (response) => {
        let body = ''
        response.on('data', (bytes: Buffer) => (body += bytes.toString()))
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body })
        })
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}
