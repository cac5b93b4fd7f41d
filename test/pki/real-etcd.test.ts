// @module-tag slow
/** A real etcd with the TLS settings of k3s (pkg/etcd/etcd.go), and who may read and write all of a cluster's data. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { type ClusterPki, makeClusterPki } from '../../src/pki/cluster-pki.ts'
import { toClusterPki } from '../../src/secrets/complete-secrets.ts'
import { separateAuthorities } from '../../src/secrets/separate-authorities.ts'
import { earlierSecrets } from '../support/earlier-secrets.ts'
import { freePort } from '../support/free-port.ts'
import { type K3sLeaf, k3sLeaves, writeK3sLeaves } from '../support/k3s-leaves.ts'
import { testWith } from '../support/validators.ts'

const test = testWith('etcd', 'openssl')
const folder = mkdtempSync(join(tmpdir(), 'bantam-etcd-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const sample = await earlierSecrets(3)
const stranger = join(folder, 'stranger')
beforeAll(async () => {
  writeK3sLeaves(stranger, await makeClusterPki(new Date(), randomBytes))
})

/** What a client gets: the HTTP status, or `refused` for an end of the TLS connection by etcd. */
async function ask(
  port: number,
  path: string,
  body: object | null,
  certificates: string,
  leaf: K3sLeaf,
): Promise<string> {
  const answer = new Promise<string>((resolve, reject) => {
    const sent = request(
      {
        port,
        path,
        host: '127.0.0.1',
        method: body === null ? 'GET' : 'POST',
        cert: readFileSync(join(certificates, `leaves/${leaf}.crt`)),
        key: readFileSync(join(certificates, `leaves/${leaf}.key`)),
        // Whether the client trusts the server is not what is judged.
        rejectUnauthorized: false,
        agent: false,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          resolve(`${response.statusCode ?? 0} ${text}`)
        })
      },
    )
    sent.on('error', reject)
    sent.end(body === null ? undefined : JSON.stringify(body))
  })
  return answer.catch((error: unknown) => {
    const { code = '', message } = error as NodeJS.ErrnoException
    // etcd ends the connection of a client that it does not know, with or without saying so.
    if (/alert|ECONNRESET|socket hang up/.test(`${code} ${message}`)) return 'refused'
    throw error
  })
}

/** Starts etcd as k3s does, with the files of the authorities as bantam renders them. */
async function startEtcd(
  name: string,
  pki: ClusterPki,
): Promise<{ readonly home: string; readonly port: number; readonly peerPort: number }> {
  const home = join(folder, name)
  writeK3sLeaves(home, pki)
  const [port, peerPort] = [await freePort(), await freePort()]
  const [url, peerUrl] = [`https://127.0.0.1:${port}`, `https://127.0.0.1:${peerPort}`]
  const at = (path: string): string => join(home, path)
  const words = [
    ['--name', 'server-1', '--data-dir', at('data'), '--initial-cluster', `server-1=${peerUrl}`],
    [
      '--listen-client-urls',
      url,
      '--advertise-client-urls',
      url,
      '--listen-peer-urls',
      peerUrl,
      '--initial-advertise-peer-urls',
      peerUrl,
    ],
    [
      '--client-cert-auth',
      '--trusted-ca-file',
      at('etcd/server-ca.crt'),
      '--cert-file',
      at('leaves/etcd-server.crt'),
      '--key-file',
      at('leaves/etcd-server.key'),
    ],
    [
      '--peer-client-cert-auth',
      '--peer-trusted-ca-file',
      at('etcd/peer-ca.crt'),
      '--peer-cert-file',
      at('leaves/etcd-peer.crt'),
      '--peer-key-file',
      at('leaves/etcd-peer.key'),
    ],
  ]
  const etcd = spawn('etcd', words.flat(), { stdio: ['ignore', 'ignore', 'ignore'] })
  onTestFinished(() => end(etcd))
  for (let tries = 0; ; tries += 1) {
    const answer = await ask(port, '/health', null, home, 'etcd-client').catch(() => 'not up')
    if (answer.startsWith('200')) return { home, port, peerPort }
    if (tries > 200 || etcd.exitCode !== null) throw new Error(`etcd does not start: ${answer}`)
    await sleep(100)
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode === null && child.kill('SIGKILL')) await ended
}

/** Who may read every key, and who may speak to etcd as a member. */
async function entrances(name: string, pki: ClusterPki): Promise<Record<'reads' | 'joins', readonly string[]>> {
  const { home, port, peerPort } = await startEtcd(name, pki)
  const every = { key: 'AA==', range_end: 'AA==' }
  const listAccepted = async (
    asked: (certificates: string, leaf: K3sLeaf) => Promise<string>,
  ): Promise<readonly string[]> => {
    const names: string[] = []
    for (const [whose, certificates] of [
      ['', home],
      ['stranger’s ', stranger],
    ] as const)
      for (const leaf of k3sLeaves) {
        const answer = await asked(certificates, leaf)
        if (answer !== 'refused') {
          expect(answer).toMatch(/^200 /)
          names.push(whose + leaf)
        }
      }
    return names
  }
  return {
    reads: await listAccepted((certificates, leaf) => ask(port, '/v3/kv/range', every, certificates, leaf)),
    joins: await listAccepted((certificates, leaf) => ask(peerPort, '/version', null, certificates, leaf)),
  }
}

describe('etcd lets in', () => {
  test('its own clients and members only, in a new cluster', async () => {
    expect(await entrances('new', await makeClusterPki(new Date(), randomBytes))).toEqual({
      reads: ['etcd-client', 'etcd-server'],
      joins: ['etcd-peer'],
    })
  })

  test('its own clients and members only, in a cluster of an earlier version that was separated', async () => {
    expect(await entrances('separated', toClusterPki(separateAuthorities(sample).pki))).toEqual({
      reads: ['etcd-client', 'etcd-server'],
      joins: ['etcd-peer'],
    })
  })

  test('every client of a cluster of an earlier version: this judge can fail', async () => {
    const clients = ['kubelet', 'kube-proxy', 'admin', 'auth-proxy', 'etcd-client', 'etcd-server', 'etcd-peer']
    expect(await entrances('shared', toClusterPki(sample.pki))).toEqual({ reads: clients, joins: clients })
  })
})
