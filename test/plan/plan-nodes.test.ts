import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cluster, ClusterNode, K3sSettings } from '../../src/model/cluster.ts'
import type { K3sPlan, NodePlan } from '../../src/model/node-plan.ts'
import { Secret } from '../../src/model/secret.ts'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { noPlaces } from '../support/no-places.ts'

function node(
  name: string,
  role: ClusterNode['role'],
  address: string | null = null,
  more: Partial<ClusterNode> = {},
): ClusterNode {
  return {
    name,
    profile: role,
    profileChain: [role, 'base'],
    role,
    board: 'pi4',
    os: ['debian-13'],
    timezone: 'Etc/UTC',
    network: {
      interfaceName: 'eth0',
      address,
      gateway: null,
      dns: [],
      searchDomains: [],
      ntp: [],
      clockWaitSeconds: 180,
      mac: null,
      wifi: null,
    },
    packages: [],
    files: [],
    commands: [],
    labels: {},
    taints: [],
    cmdline: [],
    configTxt: [],
    places: noPlaces,
    ...more,
  }
}

const sqlite: K3sSettings = {
  version: 'v1.36.4+k3s1',
  install: 'online',
  datastore: { kind: 'sqlite' },
  joinTokenSeconds: null,
  releaseUrl: 'https://mirror.example/k3s',
  sha256: {},
  endpoint: null,
  tlsSans: [],
  disable: [],
  serverConfig: {},
  agentConfig: {},
}
const etcd: K3sSettings = { ...sqlite, datastore: { kind: 'etcd' } }

function plan(nodes: readonly ClusterNode[], k3s: K3sSettings = sqlite): readonly NodePlan[] {
  const cluster: Cluster = {
    name: 'home',
    admin: { user: 'bantam', sshKeys: [], identityFiles: [], password: null },
    k3s,
    nodes,
    profileNames: [],
    places: noPlaces,
  }
  return planNodes(cluster)
}

function k3sOf(plans: readonly NodePlan[], name: string): K3sPlan {
  const found = plans.find((candidate) => candidate.name === name)?.k3s
  if (!found) throw new Error(`${name} does not run k3s`)
  return found
}

describe('initializing and joining', () => {
  test('the first server in the file initializes the cluster, others join it at its address', () => {
    const plans = plan(
      [node('worker-1', 'agent'), node('server-1', 'server', '10.0.0.1/24'), node('server-2', 'server', '10.0.0.2/24')],
      etcd,
    )
    expect(plans.map(({ name, k3s }) => [name, k3s?.initialServer, k3s?.join?.url ?? null])).toEqual([
      ['worker-1', false, 'https://10.0.0.1:6443'],
      ['server-1', true, null],
      ['server-2', false, 'https://10.0.0.1:6443'],
    ])
    expect(plans.map(({ k3s }) => [k3s?.role, k3s?.unit])).toEqual([
      ['agent', 'k3s-agent'],
      ['server', 'k3s'],
      ['server', 'k3s'],
    ])
    expect(plans.every(({ multicastDns }) => !multicastDns)).toBe(true)
  })

  test('with etcd only the initial server has cluster-init', () => {
    const plans = plan(
      [
        node('a', 'server', '10.0.0.1/24'),
        node('b', 'server', '10.0.0.2/24'),
        node('c', 'server', '10.0.0.3/24'),
        node('d', 'agent'),
      ],
      etcd,
    )
    expect(plans.map(({ k3s }) => k3s?.config['cluster-init'])).toEqual([true, undefined, undefined, undefined])
  })

  test('with SQLite no server has cluster-init', () => {
    expect(k3sOf(plan([node('a', 'server')]), 'a').config).not.toHaveProperty('cluster-init')
  })

  test('with an external datastore servers join no other server, and only they have the endpoint', () => {
    const endpoint = new Secret('postgres://user:password@db/k3s')
    const plans = plan([node('a', 'server', '10.0.0.1/24'), node('b', 'server', '10.0.0.2/24'), node('c', 'agent')], {
      ...sqlite,
      datastore: { kind: 'external', endpoint },
    })
    expect(plans.map(({ k3s }) => [k3s?.initialServer, k3s?.join?.url ?? null, k3s?.datastoreEndpoint])).toEqual([
      [true, null, endpoint],
      [false, null, endpoint],
      [false, 'https://10.0.0.1:6443', null],
    ])
    expect(JSON.stringify(plans)).not.toContain('password@')
  })

  test('a node without role in k3s keeps its system settings', () => {
    const [machine] = plan([node('nas', 'none', '10.0.0.9/24', { packages: ['nfs-kernel-server'] })])
    expect(machine).toMatchObject({
      name: 'nas',
      k3s: null,
      packages: ['nfs-kernel-server'],
      multicastDns: false,
      clusterName: 'home',
    })
  })
})

describe('how nodes find the servers', () => {
  test.each([
    [null, null, 'https://server-1:6443', 'server-1'],
    [null, '10.0.0.1/24', 'https://10.0.0.1:6443', null],
    ['10.0.0.5', '10.0.0.1/24', 'https://10.0.0.5:6443', null],
    ['k3s.example.org', null, 'https://k3s.example.org:6443', null],
    ['k3s.local', '10.0.0.1/24', 'https://k3s.local:6443', 'k3s.local'],
    ['fd00::5', null, 'https://[fd00::5]:6443', null],
  ])('endpoint %s and address %s: %s', (endpoint, address, url, resolveName) => {
    const plans = plan([node('server-1', 'server', address), node('worker-1', 'agent'), node('nas', 'none')], {
      ...sqlite,
      endpoint,
    })
    expect(k3sOf(plans, 'worker-1').join).toEqual({ url, resolveName })
    expect(plans.map(({ multicastDns }) => multicastDns)).toEqual(Array(3).fill(resolveName !== null))
  })
})

describe('config.yaml', () => {
  const workload = node('gpu', 'agent', '10.0.0.9/24', {
    labels: { 'example.org/gpu': 'yes', site: '' },
    taints: [
      { key: 'gpu', value: '', effect: 'NoSchedule' },
      { key: 'site', value: 'cellar', effect: 'NoExecute' },
    ],
  })

  test('holds what the node is, in the words of k3s', () => {
    const plans = plan([node('server-1', 'server', '10.0.0.1/24'), workload], {
      ...sqlite,
      agentConfig: { 'kubelet-arg': ['max-pods=50'] },
    })
    expect(k3sOf(plans, 'gpu').config).toEqual({
      'node-name': 'gpu',
      'node-ip': '10.0.0.9',
      'flannel-iface': 'eth0',
      'node-label': ['example.org/gpu=yes', 'site='],
      'node-taint': ['gpu:NoSchedule', 'site=cellar:NoExecute'],
      'kubelet-arg': ['max-pods=50'],
    })
  })

  test('leaves the choice of address and interface to k3s with DHCP on a cable', () => {
    expect(k3sOf(plan([node('server-1', 'server'), node('worker-1', 'agent')]), 'worker-1').config).toEqual({
      'node-name': 'worker-1',
    })
  })

  test('names the interface where Wi-Fi is used', () => {
    const base = node('worker-1', 'agent')
    const wifi = {
      ...base,
      network: {
        ...base.network,
        interfaceName: 'wlan0',
        wifi: { ssid: 'a', password: null, country: 'GB', hidden: false },
      },
    }
    expect(k3sOf(plan([node('server-1', 'server'), wifi]), 'worker-1').config).toEqual({
      'node-name': 'worker-1',
      'flannel-iface': 'wlan0',
    })
  })

  test('of servers lists every name and address of the cluster once in tls-san', () => {
    const servers = [node('a', 'server', '10.0.0.1/24'), node('b', 'server'), node('c', 'agent', '10.0.0.3/24')]
    const plans = plan(servers, { ...etcd, endpoint: 'k3s.example.org', tlsSans: ['10.0.0.5', 'a.local'] })
    expect(k3sOf(plans, 'a').config['tls-san']).toEqual([
      'k3s.example.org',
      '10.0.0.5',
      'a.local',
      '10.0.0.1',
      'a',
      'b',
      'b.local',
    ])
  })

  test("of servers differs only in the node's values and cluster-init", () => {
    const servers = [
      node('a', 'server', '10.0.0.1/24'),
      node('b', 'server', '10.0.0.2/24'),
      node('c', 'server', '10.0.0.3/24'),
    ]
    const plans = plan(servers, {
      ...etcd,
      disable: ['traefik'],
      serverConfig: { 'flannel-backend': 'host-gw', 'secrets-encryption': true },
    })
    const shared = plans.map(({ k3s }) => {
      const { 'node-name': _name, 'node-ip': _ip, 'cluster-init': _init, ...rest } = k3s?.config ?? {}
      return [rest, typeof _name, typeof _ip, typeof _init]
    })
    expect(shared[0]?.[0]).toEqual({
      'flannel-iface': 'eth0',
      'tls-san': ['10.0.0.1', 'a', 'a.local', '10.0.0.2', 'b', 'b.local', '10.0.0.3', 'c', 'c.local'],
      disable: ['traefik'],
      'flannel-backend': 'host-gw',
      'secrets-encryption': true,
    })
    expect(shared[1]?.[0]).toEqual(shared[0]?.[0])
    expect(shared[2]?.[0]).toEqual(shared[0]?.[0])
  })

  test("ends with the user's lines, which win", () => {
    const plans = plan([node('server-1', 'server', '10.0.0.1/24')], {
      ...sqlite,
      serverConfig: { 'flannel-iface': 'eth1' },
    })
    expect(k3sOf(plans, 'server-1').config['flannel-iface']).toBe('eth1')
  })
})

test('is pure: the same cluster gives the same plan, and the cluster stays as it was', () => {
  const nodes = [node('server-1', 'server'), node('worker-1', 'agent', null, { labels: { a: 'b' } })]
  const before = JSON.stringify(nodes)
  expect(plan(nodes)).toEqual(plan(nodes))
  expect(JSON.stringify(nodes)).toBe(before)
})

test('any mix of nodes has at most one initial server, which all others join', () => {
  const mix = fc.array(fc.record({ role: fc.constantFrom('server', 'agent', 'none'), isFixed: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  const check = fc.property(mix, (members) => {
    const nodes = members.map(({ role, isFixed }, index) =>
      node(`n-${index}`, role, isFixed ? `10.0.0.${index + 1}/24` : null),
    )
    const plans = plan(nodes, etcd)
    expect(plans.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name))
    const inCluster = plans.flatMap(({ k3s }) => (k3s === null ? [] : [k3s]))
    const serverCount = nodes.filter(({ role }) => role === 'server').length
    expect(inCluster.filter(({ initialServer }) => initialServer)).toHaveLength(Math.min(serverCount, 1))
    const targets = new Set(inCluster.filter(({ initialServer }) => !initialServer).map(({ join }) => join?.url))
    expect(targets.size).toBeLessThanOrEqual(1)
    for (const { initialServer, join } of inCluster) expect(join === null).toBe(initialServer || serverCount === 0)
  })
  fc.assert(check, { numRuns: 200 })
})
