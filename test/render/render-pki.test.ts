import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import type { NodePlan } from '../../src/model/node-plan.ts'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { authorityFiles } from '../../src/pki/cluster-pki.ts'
import { agentToken, etcd, rootHash, serverToken, starter, studio, inOneCluster } from './plans.ts'
import { allFiles, filesFor, render, textOf } from './rendered.ts'

const [server, worker] = starter
const [studioServer, camera] = studio
const [initialServer, second] = etcd
if (!server || !worker || !studioServer || !camera || !initialServer || !second) throw new Error('plans are missing')

const TLS = 'var/lib/rancher/k3s/server/tls'
const pathsBelow = (node: RenderedNode, folder: string): readonly string[] =>
  allFiles(node)
    .map(({ path }) => path)
    .filter((path) => path.startsWith(folder))
const configOf = (plan: NodePlan): Record<string, unknown> =>
  parse(textOf(render(plan), 'etc/rancher/k3s/config.yaml')) as Record<string, unknown>
const withOwnTokens = (plan: NodePlan): NodePlan => ({
  ...plan,
  k3s: plan.k3s === null ? null : { ...plan.k3s, joinTokens: 'own' },
})

describe('certificates and keys', () => {
  test('are on the initial server, in files and folders that only root can read', () => {
    const node = render(initialServer)
    const names = ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'].flatMap((name) => [
      `${TLS}/${name}.crt`,
      `${TLS}/${name}.key`,
    ])
    expect([...pathsBelow(node, TLS)].sort()).toEqual([...names, `${TLS}/service.key`].sort())
    expect(
      allFiles(node)
        .filter(({ path }) => path.startsWith('var/lib/rancher/'))
        .map(({ mode }) => mode),
    ).toEqual(Array(12).fill(0o600))
    expect(node.folders).toEqual(
      ['', '/tls', '/tls/etcd', '/manifests'].map((path) => ({
        path: `var/lib/rancher/k3s/server${path}`,
        mode: 0o700,
      })),
    )
    // The server's file ends with the root, whose key stays at home. What reads the others accepts their own clients only.
    expect(textOf(node, `${TLS}/server-ca.crt`)).toMatch(/server-ca certificate[^]*root certificate/)
    for (const file of authorityFiles.filter((one) => one !== 'server-ca'))
      expect(textOf(node, `${TLS}/${file}.crt`).match(/.+ certificate$/gm)).toEqual([`${file} certificate`])
    expect(allFiles(node).some(({ content }) => new TextDecoder().decode(content).includes('root key'))).toBe(false)
  })

  test('are on every server with an external datastore, because any may start first', () => {
    expect(pathsBelow(render(studioServer), TLS)).toHaveLength(11)
    const [other] = inOneCluster([
      {
        ...studioServer,
        name: 'server-2',
        k3s: studioServer.k3s && { ...studioServer.k3s, initialServer: false },
      },
    ]) as [NodePlan]
    expect(pathsBelow(render(other), TLS)).toHaveLength(11)
    expect(pathsBelow(render(other), 'var/lib/rancher/k3s/server/manifests')).toEqual([])
  })

  test.each([
    ['a server that joins', second],
    ['an agent', worker],
    ['a node without k3s', camera],
  ])('are not carried by %s', (_who, plan) => {
    expect(pathsBelow(render(plan), 'var/lib/rancher')).toEqual([])
    expect(render(plan).folders).toEqual([])
  })
})

describe('tokens', () => {
  test('name the cluster by the hash of its root', () => {
    expect(configOf(initialServer)).toMatchObject({
      token: `K10${rootHash}::server:${serverToken}`,
      'agent-token': `K10${rootHash}::node:${agentToken}`,
    })
    expect(configOf(worker)).toMatchObject({ token: `K10${rootHash}::node:${agentToken}` })
    expect(configOf(worker)).not.toHaveProperty('agent-token')
  })

  test('separate tokens are the only ones on agents, and the initial server applies them', () => {
    expect(configOf(withOwnTokens(worker))).toMatchObject({ token: `K10${rootHash}::abc123.secret-of-worker-1` })
    expect(
      allFiles(render(withOwnTokens(worker))).some(({ content }) =>
        new TextDecoder().decode(content).includes(agentToken),
      ),
    ).toBe(false)
    const manifests = (plan: NodePlan) =>
      parseAllDocuments(textOf(render(plan), 'var/lib/rancher/k3s/server/manifests/bantam.yaml')).map(
        (document) => document.toJS() as Record<string, unknown>,
      )
    expect(manifests(withOwnTokens(initialServer)).filter(({ kind }) => kind === 'Secret')).toContainEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: 'bootstrap-token-abc123', namespace: 'kube-system' },
      stringData: {
        'token-id': 'abc123',
        'token-secret': 'secret-of-worker-1',
        expiration: '2026-11-22T12:00:00Z',
        'usage-bootstrap-authentication': 'true',
        'usage-bootstrap-signing': 'true',
        'auth-extra-groups': 'system:bootstrappers:k3s:default-node-token',
      },
    })
    expect(manifests(initialServer).map(({ kind }) => kind)).toEqual(['ClusterRoleBinding'])
  })
})

describe('identity', () => {
  test('of a node is the same after it was flashed again, so that k3s accepts the node', () => {
    expect(textOf(render(worker), 'etc/rancher/node/password')).toBe('password-of-worker-1\n')
    expect(allFiles(render(camera)).map(({ path }) => path)).not.toContain('etc/rancher/node/password')
  })

  test('of a node is known to ssh before its first start, with every seed backend', () => {
    const node = render(camera)
    for (const [backend, folder] of [
      ['nocloud', 'etc/ssh'],
      ['firstrun', 'usr/lib/bantam'],
    ] as const) {
      const keys = filesFor(node, backend).filter(({ path }) => /ssh_host_[^/]*$/.test(path))
      expect(keys.map(({ path, mode }) => [path, mode])).toEqual([
        [`${folder}/ssh_host_ed25519_key`, 0o600],
        [`${folder}/ssh_host_ed25519_key.pub`, 0o644],
      ])
    }
    // cloud-init would delete it, and Raspberry Pi OS make another.
    expect(textOf(node, 'etc/cloud/cloud.cfg.d/99_zz_bantam.cfg')).toContain('ssh_deletekeys: false\n')
    expect(textOf(node, 'firstrun.sh')).toContain('install -m 0600 /usr/lib/bantam/ssh_host_ed25519_key /etc/ssh/')
    expect(textOf(node, 'etc/systemd/system/regenerate_ssh_host_keys.service.d/50-bantam.conf')).toContain(
      'ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key',
    )
    expect(node.absent).toContain('etc/ssh/ssh_host_rsa_key')
  })

  test('of an initial server includes the peers that it asks before it initializes a cluster', () => {
    expect(textOf(render(initialServer), 'etc/bantam/first-boot.env')).toContain(
      "peer_urls='https://192.168.1.12:6443 https://192.168.1.13:6443'\n",
    )
    expect(textOf(render(second), 'etc/bantam/first-boot.env')).toContain("peer_urls=''\n")
  })
})
