import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LoadedCluster } from '../../src/config/load-cluster.ts'
import type { Cluster, ClusterNode } from '../../src/model/cluster.ts'
import { placeOf, Places } from '../../src/model/places.ts'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { type Place, positionOf, writtenAt } from '../../src/yaml-source/place.ts'
import type { Path } from '../../src/yaml-source/yaml-source.ts'
import { noPlaces } from '../support/no-places.ts'
import { fixturesFolder, loadFixture, withClusterFile } from './load-fixture.ts'

const CLUSTER = `name: home
timezone: Europe/London
network: {gateway: 192.168.1.1, dns: [192.168.1.1], search: [lab.example]}
admin: {user: ada, passwordHash: "$6$saltsalt$${'a'.repeat(86)}"}
join: {tokenLifetime: 24h}
k3s:
  version: v1.36.4+k3s1
  disable: [traefik, traefik, servicelb]
  serverConfig: {flannel-backend: host-gw}
packages: [htop, nfs-common]
configTxt: [gpu_mem=16]
labels: {site: cellar, tier: low}
nodes:
  - {name: server-1, profile: server, board: pi4, address: 192.168.1.10/24}
  - name: "worker-[1-2]"
    profile: disk
    os: raspios-12-lite
    packages: [htop, mdadm]
    labels: &labels {tier: high}
    network: {dns: [192.168.1.2]}
    files: [{path: /etc/motd, content: node}, {path: /etc/issue, template: issue.hbs}]
    configTxt: [arm_boost=1]
    taints: ["disk:NoSchedule"]
  - {name: worker-3, profile: disk, labels: *labels, board: pi5}
`
const DISK = `extends: big
os: [debian-13, raspios-13-lite]
files:
  - {path: /etc/disk, content: disk, mode: '0600'}
  - {path: /etc/motd, content: disk}
configTxt: ['[pi5]', dtparam=pciex1]
commands: [echo disk]
`
const BIG = `extends: worker
board: pi400
commands: [echo big]
network: {clockWaitSeconds: 20}
`

interface Loaded extends LoadedCluster {
  /** The place as `file:line:column`, with the file's name from the cluster's folder; null for none. */
  readonly show: (place: Place | null) => string | null
}

function withLoaded(use: (loaded: Loaded) => void): Promise<void> {
  return withClusterFile(CLUSTER, async (file, folder) => {
    await mkdir(join(folder, 'profiles'))
    await writeFile(join(folder, 'profiles/disk.yaml'), DISK)
    await writeFile(join(folder, 'profiles/big.yaml'), BIG)
    await writeFile(join(folder, 'issue.hbs'), '{{plain node.name}}')
    const show = (place: Place | null): string | null => {
      if (place === null) return null
      const { file: name, line, column } = positionOf(place)
      return `${relative(folder, name)}:${line}:${column}`
    }
    use({ ...(await loadFixture(file)), show })
  })
}

function nodeOf({ nodes }: Pick<Cluster, 'nodes'>, name: string): ClusterNode {
  const node = nodes.find((one) => one.name === name)
  if (node === undefined) throw new Error(`no node ${name}`)
  return node
}

/** Asks by any path, as a test may. */
const find = ({ places }: { readonly places: Places }, path: Path): Place | null => Places.find(places, path)

describe('a node knows where each of its values was written', () => {
  test.each<[string, string, Path, string | null]>([
    ['the entry itself', 'server-1', [], 'cluster.yaml:14:5'],
    ['in the entry', 'server-1', ['board'], 'cluster.yaml:14:46'],
    ['in the entry, over the profile', 'worker-3', ['board'], 'cluster.yaml:24:61'],
    ['in the entry, with a range', 'worker-2', ['name'], 'cluster.yaml:15:11'],
    ['in the entry, without a list', 'worker-2', ['os', 0], 'cluster.yaml:17:9'],
    ['in the profile, in a list', 'worker-3', ['os', 1], 'profiles/disk.yaml:2:17'],
    ['in the profile of the profile', 'worker-1', ['board'], 'profiles/big.yaml:2:8'],
    ['in the profile of the profile, in a map', 'worker-1', ['network', 'clockWaitSeconds'], 'profiles/big.yaml:4:29'],
    ['for the whole cluster', 'worker-1', ['timezone'], 'cluster.yaml:2:11'],
    ['for the whole cluster, in a map', 'worker-1', ['network', 'gateway'], 'cluster.yaml:3:20'],
    ['for the whole cluster, under another name', 'worker-1', ['network', 'searchDomains', 0], 'cluster.yaml:3:62'],
    ['in the entry, over the cluster', 'worker-1', ['network', 'dns', 0], 'cluster.yaml:20:21'],
    ['the address of the entry', 'server-1', ['network', 'address'], 'cluster.yaml:14:60'],
    ['a label of the cluster', 'worker-1', ['labels', 'site'], 'cluster.yaml:12:16'],
    ['a label of the entry', 'worker-1', ['labels', 'tier'], 'cluster.yaml:19:28'],
    ['through an alias: where the value is', 'worker-3', ['labels', 'tier'], 'cluster.yaml:19:28'],
    ['the alias itself', 'worker-3', ['labels'], 'cluster.yaml:24:45'],
    ['of equal entries the nearest', 'worker-1', ['packages', 0], 'cluster.yaml:18:16'],
    ['an entry of the cluster', 'worker-1', ['packages', 1], 'cluster.yaml:10:18'],
    ['an entry of the entry', 'worker-1', ['packages', 2], 'cluster.yaml:18:22'],
    ['a file of the profile', 'worker-1', ['files', 0], 'profiles/disk.yaml:4:5'],
    ['a part of a file', 'worker-1', ['files', 0, 'mode'], 'profiles/disk.yaml:4:44'],
    ['a file that the entry replaces', 'worker-1', ['files', 1, 'content'], 'cluster.yaml:21:40'],
    ['a file from a template', 'worker-1', ['files', 2, 'content'], 'cluster.yaml:21:76'],
    ['a file that it does not', 'worker-3', ['files', 1, 'content'], 'profiles/disk.yaml:5:32'],
    ['a command of the parent, which comes first', 'worker-1', ['commands', 0], 'profiles/big.yaml:3:12'],
    ['a command of the profile', 'worker-1', ['commands', 1], 'profiles/disk.yaml:7:12'],
    ['a line of config.txt', 'worker-1', ['configTxt', 0], null],
    ['a taint', 'worker-1', ['taints', 0], 'cluster.yaml:23:14'],
    ['by default', 'server-1', ['os'], null],
    ['by default, in a map', 'worker-1', ['network', 'interfaceName'], null],
    ['by default, in a file', 'worker-1', ['files', 1, 'mode'], null],
    ['no address', 'worker-1', ['network', 'address'], null],
    ['no such label', 'worker-1', ['labels', 'constructor'], null],
    ['no such entry', 'worker-1', ['packages', 3], null],
    ['no such key', 'worker-1', ['colour'], null],
  ])('%s: %s %j', async (_, name, path, expected) => {
    await withLoaded(({ cluster, show }) => {
      const node = nodeOf(cluster, name)
      if (path[0] === 'configTxt') {
        // The shipped profile base comes before: what counts is that no line is off by one.
        const shown = node.configTxt.map((line, index) => [line, show(find(node, ['configTxt', index]))])
        expect(shown.slice(-4)).toEqual([
          ['[pi5]', 'profiles/disk.yaml:6:13'],
          ['dtparam=pciex1', 'profiles/disk.yaml:6:22'],
          ['[all]', null],
          ['arm_boost=1', 'cluster.yaml:22:17'],
        ])
      } else expect(show(find(node, path))).toBe(expected)
    })
  })

  test('the role comes from the shipped profile that sets it', async () => {
    await withLoaded(({ cluster }) => {
      const place = placeOf(nodeOf(cluster, 'worker-1'), 'role')
      expect(place && positionOf(place).file).toMatch(/profiles[/\\]worker\.yaml$/)
    })
  })

  test('every list entry and label of a complete cluster leads to its text in the file', async () => {
    const { cluster } = await loadFixture(join(fixturesFolder, 'valid-complete/cluster.yaml'))
    let compared = 0
    for (const node of cluster.nodes) {
      const texts = (['packages', 'commands', 'cmdline', 'configTxt', 'labels'] as const).flatMap((key) =>
        Object.entries(node[key]).map(([step, text]) => [[key, step], text] as const),
      )
      const files = node.files.map(({ path }, index) => [['files', index, 'path'], path] as const)
      for (const [path, text] of [...texts, ...files, [['timezone'], node.timezone] as const]) {
        const place = find(node, path)
        if (text === '[all]' && place === null) continue
        expect(place && writtenAt(place), `${node.name} ${path.join('.')}`).toBe(text)
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(100)
  })
})

describe('a cluster and a plan', () => {
  test.each<[Path, string | null]>([
    [['name'], 'cluster.yaml:1:7'],
    [['k3s', 'version'], 'cluster.yaml:7:12'],
    [['k3s', 'install'], null],
    [['k3s', 'disable', 1], 'cluster.yaml:8:31'],
    [['k3s', 'disable', 2], null],
    [['k3s', 'joinTokenSeconds'], 'cluster.yaml:5:23'],
    [['k3s', 'serverConfig', 'flannel-backend'], 'cluster.yaml:9:35'],
    [['admin', 'user'], 'cluster.yaml:4:15'],
    [['admin', 'password'], 'cluster.yaml:4:34'],
    [['admin', 'sshKeys'], null],
    [['nodes', 2], 'cluster.yaml:15:5'],
    [['nodes', 3, 'board'], 'cluster.yaml:24:61'],
    [['nodes', 4], null],
    [['profileNames'], null],
  ])('the cluster: %j', async (path, expected) => {
    await withLoaded(({ cluster, show }) => {
      expect(show(find(cluster, path))).toBe(expected)
    })
  })

  test.each<[string, Path, string | null]>([
    ['worker-1', ['board'], 'profiles/big.yaml:2:8'],
    ['worker-1', [], 'cluster.yaml:15:5'],
    ['worker-1', ['clusterName'], 'cluster.yaml:1:7'],
    ['worker-1', ['admin', 'user'], 'cluster.yaml:4:15'],
    ['worker-1', ['k3s', 'version'], 'cluster.yaml:7:12'],
    ['worker-1', ['k3s', 'joinTokens'], 'cluster.yaml:5:23'],
    ['worker-1', ['k3s', 'config', 'flannel-backend'], null],
    ['server-1', ['k3s', 'config', 'flannel-backend'], 'cluster.yaml:9:35'],
    ['server-1', ['k3s', 'initialServer'], null],
    ['server-1', ['multicastDns'], null],
  ])('the plan of %s: %j', async (name, path, expected) => {
    await withLoaded(({ cluster, show }) => {
      const plans = planNodes(cluster).filter((one) => one.name === name)
      expect(plans.map((plan) => show(find(plan, path)))).toEqual([expected])
    })
  })
})

describe('a value with places reads like any other value', () => {
  test('JSON leaves them out, a comparison ignores them, a clone has none', async () => {
    await withLoaded(({ cluster }) => {
      const node = nodeOf(cluster, 'worker-1')
      expect(Object.keys(JSON.parse(JSON.stringify(node)) as object)).not.toContain('places')
      expect(node).toEqual({ ...node, places: noPlaces })
      expect(placeOf({ ...node, name: 'other' }, 'board')).not.toBeNull()
      expect(placeOf(structuredClone(node), 'board')).toBeNull()
    })
  })

  test('no place is searched before a caller asks', () => {
    const asked: Path[] = []
    const value = { name: 'x', places: new Places((path) => (asked.push(path), null)) }
    JSON.stringify(value)
    expect(asked).toEqual([])
    expect(placeOf(value, 'name')).toBeNull()
    expect(asked).toEqual([['name']])
  })
})
