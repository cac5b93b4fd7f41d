import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LoadedCluster } from '../../src/config/load-cluster.ts'
import { BuildError } from '../../src/errors.ts'
import type { ClusterNode } from '../../src/model/cluster.ts'
import { reveal } from '../../src/model/secret.ts'
import { countSteps } from '../support/count-steps.ts'
import { fixturesFolder, loadFixture, problemsOf, withClusterFile } from './load-fixture.ts'

const complete = join(fixturesFolder, 'valid-complete/cluster.yaml')
const server = '  - {name: server-1, profile: server}\n'

function nodeOf({ cluster }: LoadedCluster, name: string): ClusterNode {
  const node = cluster.nodes.find((candidate) => candidate.name === name)
  if (node === undefined) throw new Error(`no node ${name}`)
  return node
}

function textOf(node: ClusterNode, path: string): string {
  const content = node.files.find((file) => file.path === path)?.content
  if (!(content instanceof Uint8Array)) throw new Error(`no bytes for ${path}`)
  return new TextDecoder().decode(content)
}

describe("a node gets the settings of the cluster, its profile and the profile's parents", () => {
  test('lists add up, the farthest first', async () => {
    const gpu = nodeOf(await loadFixture(complete), 'gpu-08')
    expect(gpu.commands).toEqual(['echo cluster', 'echo own worker', 'echo gpu', 'echo node'])
    expect(gpu.packages).toEqual(['nfs-common', 'mdadm'])
    expect(gpu.cmdline).toEqual(['quiet', 'usb-storage.quirks=152d:0578:u'])
    expect(gpu.configTxt).toEqual([
      'dtparam=audio=off',
      'camera_auto_detect=0',
      'display_auto_detect=0',
      'dtparam=audio=off',
      'arm_boost=1',
    ])
    expect(gpu.taints).toEqual([
      { key: 'site', value: 'cellar', effect: 'PreferNoSchedule' },
      { key: 'gpu', value: '', effect: 'NoSchedule' },
    ])
  })

  test('commands and lines of config.txt stay as often as they are written, and no line falls into a section of another layer', async () => {
    const text = `name: home
commands: [systemctl restart a, systemctl start b, systemctl restart a]
configTxt: ['[pi4]', dtoverlay=x, '[pi5]', dtoverlay=x]
nodes:
  - {name: server-1, profile: own, commands: [systemctl restart a], configTxt: [arm_boost=1]}
  - {name: server-2, profile: own}
  - {name: server-3, profile: server, configTxt: ['[pi5]', dtoverlay=x, '[all]']}
k3s: {datastore: etcd}
`
    await withClusterFile(text, async (file, folder) => {
      await mkdir(join(folder, 'profiles'))
      await writeFile(join(folder, 'profiles/base.yaml'), '{}')
      await writeFile(join(folder, 'profiles/own.yaml'), 'extends: server\nconfigTxt: [" [cm4] ", arm_boost=1]\n')
      const loaded = await loadFixture(file)
      const own = nodeOf(loaded, 'server-1')
      expect(own.commands).toEqual([
        'systemctl restart a',
        'systemctl start b',
        'systemctl restart a',
        'systemctl restart a',
      ])
      const farther = ['[pi4]', 'dtoverlay=x', '[pi5]', 'dtoverlay=x', '[all]', ' [cm4] ', 'arm_boost=1']
      expect(own.configTxt).toEqual([...farther, '[all]', 'arm_boost=1'])
      expect(nodeOf(loaded, 'server-2').configTxt).toEqual(farther)
      expect(nodeOf(loaded, 'server-3').configTxt).toEqual([...farther.slice(0, 5), '[pi5]', 'dtoverlay=x', '[all]'])
    })
  })

  test('maps merge key by key, and the nearer value wins', async () => {
    const gpu = nodeOf(await loadFixture(complete), 'gpu-08')
    expect(gpu.labels).toEqual({
      site: 'cellar',
      tier: 'high',
      'example.org/gpu': 'yes',
      'node.kubernetes.io/pool': 'gpu',
    })
    expect(gpu.network).toEqual({
      interfaceName: 'eth0',
      address: '192.168.1.28/24',
      gateway: '192.168.1.1',
      dns: ['192.168.1.1', 'fd00::53'],
      searchDomains: ['lab.example'],
      ntp: ['time.example'],
      clockWaitSeconds: 20,
      mac: 'dc:a6:32:00:00:08',
      wifi: null,
    })
  })

  test('single values of the nearer layer win', async () => {
    const loaded = await loadFixture(complete)
    expect(nodeOf(loaded, 'gpu-08')).toMatchObject({
      os: ['debian-13'],
      timezone: 'Etc/GMT+3',
      board: 'pi5',
      role: 'agent',
      profileChain: ['gpu', 'worker', 'base'],
    })
    expect(nodeOf(loaded, 'server-1').timezone).toBe('Asia/Kolkata')
  })

  test('of files with the same path the nearer is kept, and sources are relative to the file that names them', async () => {
    const gpu = nodeOf(await loadFixture(complete), 'gpu-08')
    expect(textOf(gpu, '/etc/motd')).toBe('node')
    expect(textOf(gpu, '/etc/both')).toBe('from the folder of the cluster file\n')
    expect(textOf(gpu, '/etc/gpu')).toBe('from the folder of the profile\n')
    expect(gpu.files.find(({ path }) => path === '/etc/both')).toMatchObject({ mode: 0o600, owner: 'pilot:pilot' })
    expect(gpu.files.find(({ path }) => path === '/etc/gpu')).toMatchObject({ mode: 0o644, owner: 'root' })
  })

  test('null removes an inherited gateway, and Wi-Fi changes the interface', async () => {
    const { network } = nodeOf(await loadFixture(complete), 'barn')
    expect(network).toMatchObject({
      gateway: null,
      interfaceName: 'wlan0',
      wifi: { ssid: 'barn', country: 'GB', hidden: true },
    })
    expect(network.wifi?.password && reveal(network.wifi.password)).toBe('correct-horse')
  })
})

test('ranges give nodes in order, with decimal addresses and hexadecimal MAC addresses', async () => {
  const { cluster } = await loadFixture(complete)
  expect(cluster.nodes.map(({ name, network }) => [name, network.address, network.mac])).toEqual([
    ['server-1', '192.168.1.10/24', null],
    ['server-2', '192.168.1.11/24', null],
    ['server-3', '192.168.1.12/24', null],
    ['gpu-08', '192.168.1.28/24', 'dc:a6:32:00:00:08'],
    ['gpu-09', '192.168.1.29/24', 'dc:a6:32:00:00:09'],
    ['gpu-10', '192.168.1.30/24', 'dc:a6:32:00:00:0a'],
    ['barn', null, null],
  ])
})

test('settings of k3s are complete, and paths of images absolute', async () => {
  const { cluster } = await loadFixture(complete)
  expect(cluster.k3s).toEqual({
    version: 'v1.35.1-rc1+k3s2',
    install: 'offline',
    datastore: { kind: 'etcd' },
    releaseUrl: 'https://mirror.example/k3s',
    sha256: { 'k3s-arm64': 'ab'.repeat(32) },
    endpoint: 'k3s.lab.example',
    tlsSans: ['192.168.1.5'],
    disable: ['traefik', 'servicelb'],
    serverConfig: { 'flannel-backend': 'host-gw', 'secrets-encryption': true, 'kubelet-arg': ['max-pods=50'] },
    agentConfig: { 'kubelet-arg': ['max-pods=90'] },
    joinTokenSeconds: null,
  })
  expect(cluster.nodes[0]?.os).toEqual([
    join(fixturesFolder, 'valid-complete/images/own.img'),
    'raspios-13-lite',
    'https://mirror.example/debian-13.img.xz',
  ])
})

test('the shortest file gets every default', async () => {
  const { cluster, needsKeyPair } = await loadFixture(
    join(fixturesFolder, 'valid-smallest.yaml'),
    join(fixturesFolder, 'no-such-home'),
  )
  expect(needsKeyPair).toBe(true)
  expect(cluster.admin).toEqual({ user: 'bantam', sshKeys: [], identityFiles: [], password: null })
  expect(cluster.k3s).toMatchObject({
    version: 'v1.36.4+k3s1',
    install: 'online',
    datastore: { kind: 'sqlite' },
    endpoint: null,
  })
  expect(cluster.nodes[0]).toMatchObject({
    os: ['raspios-13-lite', 'debian-13'],
    timezone: 'Etc/UTC',
    board: 'any',
    role: 'server',
  })
})

test('a datastore endpoint is a secret', async () => {
  const { cluster } = await loadFixture(join(fixturesFolder, 'valid-external-datastore.yaml'))
  const { datastore } = cluster.k3s
  expect(datastore.kind === 'external' && reveal(datastore.endpoint)).toBe(
    'postgres://k3s:correct-horse@192.168.1.4:5432/k3s',
  )
  expect(JSON.stringify(cluster)).not.toContain('correct-horse')
})

describe('problems', () => {
  test('all problems of a file are reported at once, in the order of the text, with line and column', async () => {
    const text = `name: Home
timezone: Mars/Base
network: {gatway: 192.168.1.1}
k3s:
  version: '1.36'
nodes:
  - name: server-1
    profile: sever
    board: pi7
  - {name: server-1, profile: worker, address: 192.168.1.0/24}
    `
    await withClusterFile(text, async (file) => {
      const problems = await problemsOf(file)
      expect(problems.map(({ code, line, column }) => [code, line, column])).toEqual([
        ['CLUSTER_NAME_INVALID', 1, 7],
        ['TIMEZONE_UNKNOWN', 2, 11],
        ['CLUSTER_UNKNOWN_KEY', 3, 11],
        ['K3S_VERSION_INVALID', 5, 12],
        ['PROFILE_UNKNOWN', 8, 14],
        ['CLUSTER_UNKNOWN_VALUE', 9, 12],
        ['NODE_ADDRESS_INVALID', 10, 48],
      ])
      expect(problems.every((problem) => problem.file === file)).toBe(true)
      expect(problems.find(({ code }) => code === 'PROFILE_UNKNOWN')?.hint).toContain('`server`')
      expect(problems.find(({ code }) => code === 'CLUSTER_UNKNOWN_KEY')?.hint).toContain('`gateway`')
    })
  })

  test('the error counts and lists them, and has them as facts', async () => {
    await withClusterFile(`name: Home\ntimezone: Mars\nnodes:\n${server}`, async (file) => {
      const error = await loadFixture(file).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(BuildError)
      expect((error as BuildError).message).toMatch(/^2 errors .*\n.*cluster\.yaml:1:7: .*\n.*cluster\.yaml:2:11: /)
    })
  })

  test('of a profile are reported with its file', async () => {
    await withClusterFile(`name: home\nnodes:\n${server}`, async (file, folder) => {
      await mkdir(join(folder, 'profiles'))
      await writeFile(join(folder, 'profiles/gpu.yaml'), 'extends: worker\nlables: {a: b}\n')
      const problems = await problemsOf(file)
      expect(problems).toMatchObject([
        { code: 'CLUSTER_UNKNOWN_KEY', file: join(folder, 'profiles/gpu.yaml'), line: 2, column: 1 },
      ])
    })
  })

  test('a position inside an alias is that of the anchor', async () => {
    const text = `name: home\nnodes:\n  - {name: server-1, profile: server, labels: &l {"-x": y}}\n  - {name: worker-1, profile: worker, labels: *l}\n`
    await withClusterFile(text, async (file) => {
      expect(await problemsOf(file)).toMatchObject([{ code: 'LABEL_INVALID', line: 3, column: 51 }])
    })
  })

  test('a missing file has a separate error', async () => {
    await expect(loadFixture('/no/such/cluster.yaml')).rejects.toMatchObject({ code: 'YAML_FILE_UNREADABLE' })
    await expect(loadFixture(fixturesFolder)).rejects.toMatchObject({ code: 'YAML_FILE_UNREADABLE' })
  })
})

describe('files that are made to exhaust the reader fail at once', { tags: ['slow'] }, () => {
  const startsAt = '{name: server-1, profile: server, labels: {a: &a x}}'
  test.each([
    ['ten megabytes of aliases', 'YAML_TOO_LARGE', `nodes: [${startsAt}, ${'*a,'.repeat(3_500_000)}]`],
    ['a megabyte of aliases', 'YAML_ALIAS_LIMIT', `nodes: [${startsAt}, ${'*a,'.repeat(300_000)}]`],
    ['a megabyte of brackets', 'YAML_SYNTAX', '['.repeat(1_000_000)],
    [
      'a hundred thousand keys',
      'CLUSTER_UNKNOWN_KEY',
      Array.from({ length: 100_000 }, (_, index) => `k${index}:`).join('\n'),
    ],
  ])('%s', async (_name, code, text) => {
    await withClusterFile(text, async (file) => {
      const heapBefore = process.memoryUsage().heapUsed
      const { steps } = await countSteps(async () => {
        const problems = await problemsOf(file)
        expect(problems.map((problem) => problem.code)).toContain(code)
      })
      // The largest takes 47 a character; a second look at all of the file for each part of it takes thousands.
      expect(steps / text.length).toBeLessThan(100)
      expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(1024 ** 3)
    })
  })
})

test('a file of 16 MiB is the largest that a node is given', async () => {
  await withClusterFile(`name: home\nfiles: [{path: /etc/x, source: x}]\nnodes:\n${server}`, async (file, folder) => {
    await writeFile(join(folder, 'x'), new Uint8Array(16 * 1024 * 1024))
    expect(await problemsOf(file)).toEqual([])
    await writeFile(join(folder, 'x'), new Uint8Array(16 * 1024 * 1024 + 1))
    expect(await problemsOf(file)).toMatchObject([{ code: 'EXTRA_FILE_TOO_LARGE', line: 2 }])
  })
})
