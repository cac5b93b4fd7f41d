import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { NodePlan } from '../../src/model/node-plan.ts'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { Secret } from '../../src/model/secret.ts'
import { createPskDeriver } from '../../src/render/derive-psk.ts'
import { loadTemplates } from '../../src/render/load-templates.ts'
import { createRenderContext, renderNode } from '../../src/render/render-node.ts'
import { countSteps, type StepCount } from '../support/count-steps.ts'
import { expectCode } from '../support/expect-code.ts'
import {
  agentToken,
  datastorePassword,
  etcd,
  inOneCluster,
  nodeSecrets,
  passwordHash,
  privateKey,
  rootHash,
  secrets,
  serverToken,
  starter,
  studio,
  wifiPassword,
} from './plans.ts'
import { allFiles, filesFor, render, seedsFolder, shippedTemplates, textOf } from './rendered.ts'

const [server, worker] = starter as [NodePlan, NodePlan]
const [studioServer, camera] = studio as [NodePlan, NodePlan]
const [initialServer, second] = etcd as [NodePlan, NodePlan]
const k3sConfig = (node: RenderedNode): unknown => parse(textOf(node, 'etc/rancher/k3s/config.yaml'))

const fullServerToken = `K10${rootHash}::server:${serverToken}`
const fullAgentToken = `K10${rootHash}::node:${agentToken}`

describe('instance id', () => {
  test('is the node name and twelve hex digits, in meta-data and on the command line alike', () => {
    const node = render(server)
    expect(node.instanceId).toMatch(/^server-1-[0-9a-f]{12}$/)
    expect(parse(textOf(node, 'meta-data'))).toEqual({ 'instance-id': node.instanceId, 'local-hostname': 'server-1' })
    expect(node.seeds.nocloud.cmdlineTokens).toEqual([`ds=nocloud;i=${node.instanceId}`])
  })

  test('stays as long as nothing changes', () => {
    expect(render(structuredPlan(studioServer))).toEqual(render(studioServer))
  })

  test.each<[string, Partial<NodePlan>]>([
    ['the time zone', { timezone: 'Europe/Paris' }],
    ['an address', { network: { ...server.network, address: '10.0.0.9/24' } }],
    ['a command', { commands: ['true'] }],
    ['one byte of a file', { files: [{ path: '/etc/x', content: Uint8Array.of(1), mode: 0o644, owner: 'root' }] }],
    ['a mode', { files: [{ path: '/etc/x', content: Uint8Array.of(2), mode: 0o600, owner: 'root' }] }],
    ['a kernel token', { cmdline: ['quiet'] }],
    ['a line of config.txt', { configTxt: ['dtparam=spi=on'] }],
    ['the k3s version', { k3s: server.k3s && { ...server.k3s, version: 'v1.36.5+k3s1' } }],
    ['k3s itself', { k3s: null }],
    ['multicast DNS', { multicastDns: false }],
  ])('changes with %s', (_what, change) => {
    const before = render({
      ...server,
      files: [{ path: '/etc/x', content: Uint8Array.of(2), mode: 0o644, owner: 'root' }],
    }).instanceId
    const base = { ...server, files: [{ path: '/etc/x', content: Uint8Array.of(2), mode: 0o644, owner: 'root' }] }
    expect(render({ ...base, ...change }).instanceId).not.toBe(before)
  })

  test('changes with a token', () => {
    const context = createRenderContext({ ...secrets, agentToken: new Secret('another') }, shippedTemplates)
    expect(renderNode(worker, context).instanceId).not.toBe(render(worker).instanceId)
  })
})

describe('secrets', () => {
  const psk = createPskDeriver()(studio[1]?.network.wifi?.ssid ?? '', wifiPassword)
  const secretTexts = [serverToken, agentToken, privateKey, passwordHash, wifiPassword, psk, datastorePassword]

  test('are in the images of nodes that need them', () => {
    const all = [...starter, ...studio, ...etcd]
      .map(render)
      .flatMap(allFiles)
      .map((file) => new TextDecoder().decode(file.content))
      .join()
    for (const secret of [serverToken, agentToken, passwordHash, psk]) expect(all).toContain(secret)
  })

  test('are in no file of the boot volume and in no kernel token', () => {
    for (const node of [...starter, ...studio, ...etcd].map(render)) {
      const boot = allFiles(node)
        .filter((file) => file.volume === 'boot')
        .map((file) => new TextDecoder().decode(file.content))
      const tokens = [
        ...node.cmdlineTokens,
        ...node.seeds.nocloud.cmdlineTokens,
        ...node.seeds.firstrun.cmdlineTokens,
        ...node.configTxtLines,
      ]
      for (const text of [...boot, ...tokens]) {
        for (const secret of secretTexts) expect(text).not.toContain(secret)
      }
    }
  })

  test('are in files that only root can read', () => {
    for (const node of [...starter, ...studio, ...etcd].map(render)) {
      for (const file of allFiles(node)) {
        const text = new TextDecoder().decode(file.content)
        if (secretTexts.some((secret) => text.includes(secret))) expect(file.mode & 0o077, file.path).toBe(0)
      }
    }
  })

  test('go to the role that needs them: an agent gets the token of agents only', () => {
    expect(k3sConfig(render(server))).toMatchObject({ token: fullServerToken, 'agent-token': fullAgentToken })
    expect(k3sConfig(render(worker))).toEqual({
      server: 'https://server-1.local:6443',
      token: fullAgentToken,
      'node-name': 'worker-1',
    })
    expect(
      allFiles(render(worker))
        .map((file) => new TextDecoder().decode(file.content))
        .join(),
    ).not.toContain(serverToken)
  })

  test('of an external datastore go to the environment of k3s alone', () => {
    const node = render(studioServer)
    const holders = allFiles(node).filter((file) => new TextDecoder().decode(file.content).includes('postgres://'))
    expect(holders.map((file) => [file.path, file.mode])).toEqual([['etc/systemd/system/k3s.service.env', 0o600]])
  })
})

describe('k3s', () => {
  test('is configured with the keys of the plan, as they are', () => {
    expect(k3sConfig(render(initialServer))).toEqual({
      token: fullServerToken,
      'agent-token': fullAgentToken,
      'node-name': 'server-1',
      'node-ip': '192.168.1.11',
      'cluster-init': true,
    })
    expect(k3sConfig(render(second))).toMatchObject({ server: 'https://192.168.1.11:6443', token: fullServerToken })
  })

  test('is not enabled in the image: only the first-boot unit is', () => {
    expect(render(worker).links).toEqual([
      {
        path: 'etc/systemd/system/multi-user.target.wants/bantam-first-boot.service',
        target: '/etc/systemd/system/bantam-first-boot.service',
      },
    ])
  })

  test('pins the name before each start only if there is a name to pin', () => {
    expect(textOf(render(worker), 'etc/systemd/system/k3s-agent.service')).toContain(
      'ExecStartPre=-/usr/lib/bantam/first-boot pin',
    )
    expect(textOf(render(server), 'etc/systemd/system/k3s.service')).not.toContain('first-boot')
  })

  test('leaves nothing behind on a node without it, which still gets the cgroup tokens', () => {
    const node = render(camera)
    expect(allFiles(node).filter((file) => /k3s|rancher/.test(file.path))).toEqual([])
    expect(node.cmdlineTokens.slice(0, 2)).toEqual(['cgroup_memory=1', 'cgroup_enable=memory'])
  })
})

describe('kernel command line', () => {
  test("gets each token once, bantam's first", () => {
    expect(render(studioServer).cmdlineTokens).toEqual([
      'cgroup_memory=1',
      'cgroup_enable=memory',
      'usb-storage.quirks=152d:0578:u',
    ])
  })

  test('gets the country of the radio', () => {
    expect(render(camera).cmdlineTokens).toContain('cfg80211.ieee80211_regdom=GB')
  })

  test('starts firstrun.sh where there is no cloud-init', () => {
    expect(render(server).seeds.firstrun.cmdlineTokens).toEqual([
      'systemd.run=/boot/firmware/firstrun.sh',
      'systemd.run_success_action=reboot',
      'systemd.unit=kernel-command-line.target',
    ])
  })
})

describe('user files', () => {
  test('of root are at their final path; those of other owners are staged', () => {
    const node = render(studioServer)
    expect(node.files.find((file) => file.path === 'etc/motd')).toMatchObject({
      volume: 'root',
      mode: 0o644,
      uid: 0,
      gid: 0,
    })
    expect(node.files.find((file) => file.path === 'var/lib/bantam/files/001')).toMatchObject({
      mode: 0o600,
      content: Uint8Array.of(0, 255, 10),
    })
    const { runcmd } = parse(textOf(node, 'user-data')) as { runcmd: unknown[] }
    expect(runcmd).toContainEqual([
      'install',
      '-D',
      '-o',
      'ada',
      '-g',
      'users',
      '-m',
      '0640',
      '/var/lib/bantam/files/001',
      "/srv/it's here/data",
    ])
  })

  test('that have the path of a file of bantam are refused', () => {
    const files = [{ path: '/etc/rancher/k3s/config.yaml', content: Uint8Array.of(), mode: 0o600, owner: 'root' }]
    expectCode('SEED_FILE_CONFLICT', () => render({ ...server, files }))
  })

  test.each([
    ['a file of ours as a folder', ['/etc/bantam/first-boot.env/x'], 'root', 'etc/bantam/first-boot.env'],
    ['a folder of ours as a file', ['/etc/bantam'], 'root', 'etc/bantam'],
    ['a folder of ours as a file of another owner', ['/etc/bantam'], 'bantam', 'etc/bantam'],
    [
      'the folder of a link of ours as a file',
      ['/etc/systemd/system/multi-user.target.wants'],
      'root',
      'etc/systemd/system/multi-user.target.wants',
    ],
    ['each other', ['/opt/a/b', '/opt/a'], 'bantam', 'opt/a'],
  ])('that take %s are refused', (_name, paths, owner, folder) => {
    const files = paths.map((path) => ({ path, content: Uint8Array.of(), mode: 0o600, owner }))
    expect(expectCode('SEED_FOLDER_CONFLICT', () => render({ ...server, files })).facts).toMatchObject({
      node: 'server-1',
      folder,
    })
  })

  test('of another owner that would replace a file of bantam are refused', () => {
    const files = [{ path: '/etc/bantam/first-boot.env', content: Uint8Array.of(), mode: 0o600, owner: 'bantam' }]
    expectCode('SEED_FILE_CONFLICT', () => render({ ...server, files }))
  })
})

test('user-data begins with #cloud-config and sets name, user and keys', () => {
  const text = textOf(render(server), 'user-data')
  expect(text.startsWith('#cloud-config\n')).toBe(true)
  expect(parse(text)).toMatchObject({
    hostname: 'server-1',
    manage_etc_hosts: 'localhost',
    ssh_pwauth: false,
    users: [
      {
        name: 'bantam',
        lock_passwd: true,
        ssh_authorized_keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample home@bantam'],
      },
    ],
    runcmd: [
      ['sh', '-c', 'systemctl is-enabled --quiet ssh || systemctl enable --now ssh'],
      ['usermod', '--append', '--groups', 'adm,dialout,plugdev,sudo,users,video', 'bantam'],
    ],
  })
})

test('values that YAML 1.1 would misread arrive unchanged', () => {
  const nasty = [
    'yes',
    '1:30',
    '2001-12-14',
    'null',
    '#x',
    'a: b',
    'it\'s "so"',
    'two\nlines',
    '\u65e5\u672c',
    '{{x}}',
    '{{{admin.user}}}',
    '~',
    '0o17',
  ]
  const node = render({
    ...server,
    commands: nasty,
    packages: ['yes', 'null'],
    k3s: server.k3s && { ...server.k3s, config: { 'node-label': nasty, on: 'off' } },
  })
  const userData = parse(textOf(node, 'user-data'), { version: '1.1' }) as { runcmd: unknown[]; packages: unknown[] }
  expect(userData.runcmd.slice(2)).toEqual(nasty.map((command) => ['sh', '-c', command]))
  expect(userData.packages).toEqual(['yes', 'null'])
  expect(parse(textOf(node, 'etc/rancher/k3s/config.yaml'), { version: '1.1' })).toMatchObject({
    'node-label': nasty,
    on: 'off',
  })
})

test('each backend writes each path once', () => {
  for (const node of [...starter, ...studio, ...etcd].map(render)) {
    for (const backend of ['nocloud', 'firstrun'] as const) {
      const paths = filesFor(node, backend).map((file) => `${file.volume}:${file.path}`)
      expect(new Set(paths).size).toBe(paths.length)
    }
  }
})

test('a missing SSH key is a bug of bantam', () => {
  const context = createRenderContext({ ...secrets, adminKeyPair: null }, shippedTemplates)
  expectCode('BUG', () => renderNode(server, context))
})

test(
  'nodes on one Wi-Fi take as many steps each as the one before, and its key is derived once',
  { tags: ['slow'] },
  async () => {
    const nodes = new Map(
      Array.from({ length: 100 }, (_, index) => [`worker-${index}`, nodeSecrets(`worker-${index}`)]),
    )
    const templates = await loadTemplates({ shipped: seedsFolder, cluster: null, override: null, profiles: [] })
    const context = createRenderContext({ ...secrets, nodes }, templates)
    const plans = inOneCluster([...nodes.keys()].map((name) => ({ ...worker, name, network: camera.network })))
    const countFor = (count: number): Promise<StepCount> =>
      countSteps(() => {
        for (const plan of plans.slice(0, count)) renderNode(plan, context)
      })
    // Templates are compiled with the first node that uses them.
    const first = await countFor(1)
    expect(first.calls.get('derivePsk')).toBe(1)
    const small = await countFor(10)
    const large = await countFor(100)
    expect(large.calls.get('derivePsk') ?? 0).toBe(0)
    expect(large.steps / small.steps).toBeLessThan(10.5)
    // What is compiled for each node again would cost as much as for the first.
    expect(large.steps / 100).toBeLessThan(first.steps / 2)
  },
)

function structuredPlan(plan: NodePlan): NodePlan {
  return {
    ...plan,
    network: { ...plan.network },
    files: plan.files.map((file) => structuredClone(file)),
  }
}
