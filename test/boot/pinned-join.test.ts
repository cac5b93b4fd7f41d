// @module-tag slow
/** The trust that is made at build time, as a server and its nodes use it: stand-ins for k3s on this machine take the steps that k3s takes at a join. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatKubeconfig } from '../../src/exports/format-access.ts'
import type { JoinToken } from '../../src/model/cluster-secrets.ts'
import { Secret } from '../../src/model/secret.ts'
import type { KeyedCertificate } from '../../src/pki/certificate-authority.ts'
import {
  adminGroup,
  authorityFiles,
  type ClusterPki,
  formatAuthority,
  issueAdminCertificate,
  makeClusterPki,
} from '../../src/pki/cluster-pki.ts'
import { formatBootstrapToken, formatJoinToken, hashOfRoot } from '../../src/pki/join-token.ts'
import { formatManifests } from '../../src/render/format-manifests.ts'
import { freePort } from '../support/free-port.ts'
import { testWith } from '../support/validators.ts'
import { askByKubeconfig } from './ask-by-kubeconfig.ts'
import { createNode, findPython, type StandInNode } from './stand-in-node.ts'

const needed = testWith('openssl', 'curl', 'python3')
const testStandIn = findPython() === null ? (test.skip as typeof test) : needed
const canRun = testStandIn === test

const SERVER_PASSWORD = 'a'.repeat(64)
const AGENT_PASSWORD = 'b'.repeat(64)
const NOW = new Date()
const token = (id: string, hours: number): JoinToken => ({
  id,
  secret: new Secret(`${id}${'0'.repeat(10)}`),
  expires: new Date(NOW.getTime() + hours * 3_600_000),
})
const LIVE = token('live01', 24)
const SPENT = token('spent1', -1)

describe('a cluster whose trust was made before its server started', () => {
  let pki: ClusterPki
  let other: ClusterPki
  let server: StandInNode
  let port = 0

  beforeAll(async () => {
    if (!canRun) return
    pki = await makeClusterPki(NOW, randomBytes)
    other = await makeClusterPki(NOW, randomBytes)
    port = await freePort()
    const hash = hashOfRoot(pki.root.certificate)
    server = createNode(
      `token: ${formatJoinToken(hash, 'server', SERVER_PASSWORD)}\nagent-token: ${formatJoinToken(hash, 'node', AGENT_PASSWORD)}\nnode-name: server-1\nnode-ip: 127.0.0.1\nhttps-listen-port: ${port}\n`,
    )
    const folder = 'var/lib/rancher/k3s/server'
    for (const file of authorityFiles) {
      server.write(`${folder}/tls/${file}.crt`, formatAuthority(pki, file))
      server.write(`${folder}/tls/${file}.key`, pki.authorities[file].key)
    }
    server.write(`${folder}/tls/service.key`, pki.serviceKey)
    server.write(`${folder}/manifests/bantam.yaml`, formatManifests(adminGroup('home', 1), [LIVE, SPENT]))
    server.start('server')
    await server.logs('k3s is up and running')
  }, 60_000)

  afterAll(async () => {
    if (canRun) await server.remove()
  })

  async function joinWith(
    joinToken: string,
    expected: string,
    use: (agent: StandInNode) => void = () => undefined,
  ): Promise<void> {
    const agent = createNode(
      `server: https://127.0.0.1:${port}\ntoken: ${joinToken}\nnode-name: worker-${joinToken.length}\nnode-ip: 127.0.0.1\nlb-server-port: ${await freePort()}\n`,
    )
    try {
      agent.start('agent')
      await agent.logs(expected)
      use(agent)
    } finally {
      await agent.remove()
    }
  }

  const secretOf = ({ id }: JoinToken): string => `${id}${'0'.repeat(10)}`

  testStandIn('lets agents join with their pinned token', async () => {
    await joinWith(
      formatJoinToken(hashOfRoot(pki.root.certificate), 'node', AGENT_PASSWORD),
      'k3s agent is up and running',
    )
  })

  testStandIn('lets an agent join with a separate token until it expires', async () => {
    const hash = hashOfRoot(pki.root.certificate)
    await joinWith(formatBootstrapToken(hash, LIVE.id, secretOf(LIVE)), 'k3s agent is up and running')
    await joinWith(formatBootstrapToken(hash, SPENT.id, secretOf(SPENT)), '401 Unauthorized')
  })

  testStandIn('is refused by agents of another cluster, which do not send it their password', async () => {
    await joinWith(
      formatJoinToken(hashOfRoot(other.root.certificate), 'node', AGENT_PASSWORD),
      'token CA hash does not match',
      (agent) => {
        expect(agent.log()).not.toContain('up and running')
      },
    )
  })

  testStandIn(
    'is open to its administrator, by a binding that can be taken back, and to nobody of another cluster',
    async () => {
      const kubeconfig = (name: string, authority: string, client: KeyedCertificate): string => {
        const path = join(server.root, name)
        writeFileSync(
          path,
          formatKubeconfig({
            clusterName: 'home',
            serverUrl: `https://127.0.0.1:${port}`,
            authority,
            user: 'bantam',
            client,
          }),
        )
        return path
      }
      const issue = (from: ClusterPki, group: string): Promise<KeyedCertificate> =>
        issueAdminCertificate(from, { name: 'bantam', group }, { now: NOW, days: 1, randomBytes })
      const authority = formatAuthority(pki, 'server-ca')
      const ask = (name: string, client: KeyedCertificate, trusted = authority) =>
        askByKubeconfig(kubeconfig(name, trusted, client), port, '/api/v1/nodes')
      expect((await ask('own', await issue(pki, adminGroup('home', 1)))).status).toBe(200)
      // Known, but in a group that nothing binds.
      expect((await ask('unbound', await issue(pki, 'others'))).status).toBe(403)
      expect((await ask('break-glass', await issue(pki, 'system:masters'))).status).toBe(200)
      const stranger = await issue(other, 'system:masters')
      expect(
        await ask('stranger', stranger).then(
          ({ status }) => status,
          () => 401,
        ),
      ).toBe(401)
      await expect(ask('deceived', stranger, formatAuthority(other, 'server-ca'))).rejects.toThrow(/certificate/)
    },
  )
})
