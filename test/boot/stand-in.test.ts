// @module-tag slow
/** The stand-in for k3s keeps the contract of k3s at join; boot tests rest on it. openssl and curl judge its TLS. */
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { flagNamesOf, newestFlagTable } from '../../src/model/k3s-flags/find-flag-table.ts'
import { freePort } from '../support/free-port.ts'
import { run, testWith } from '../support/validators.ts'
import { writeAuthorities } from './cluster-authorities.ts'
import { createNode, findPython, type StandInNode, VERSION } from './stand-in-node.ts'

const python = findPython()
const needed = testWith('openssl', 'curl', 'python3')
const testStandIn = python === null ? (test.skip as typeof test) : needed
const canRun = testStandIn === test

const SERVER_TOKEN = 'server-token-0123456789abcdef'
const AGENT_TOKEN = 'agent-token-fedcba9876543210'
const LIVE_TOKEN = 'live00.0123456789abcdef'
const BRIEF_TOKEN = 'brief0.0123456789abcdef'
const SPENT_TOKEN = 'spent0.0123456789abcdef'
const TLS = 'var/lib/rancher/k3s/server/tls'
const CONFIG = 'etc/rancher/k3s/config.yaml'

interface KubeNode {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: { readonly taints?: readonly unknown[] }
  readonly status: {
    readonly conditions: readonly { readonly status: string; readonly lastHeartbeatTime: string }[]
    readonly addresses: readonly { readonly type: string; readonly address: string }[]
    readonly nodeInfo: { readonly kubeletVersion: string }
  }
}

type Finish = TestContext['onTestFinished']

const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
let port = 0
let caHash = ''
let server: StandInNode

/** A node that ends with its test. */
function node(finish: Finish, config: string): StandInNode {
  const created = createNode(config)
  finish(() => created.remove())
  return created
}
const agentConfig = (name: string, token: string, more = ''): string =>
  `server: https://127.0.0.1:${port}\ntoken: ${token}\nnode-name: ${name}\nnode-ip: 127.0.0.1\n${more}`
const serverConfig = (name: string, at: number, more = ''): string =>
  `token: ${SERVER_TOKEN}\nagent-token: ${AGENT_TOKEN}\nnode-name: ${name}\nnode-ip: 127.0.0.1\nhttps-listen-port: ${at}\n${more}`
function nodesOf(of: StandInNode): readonly KubeNode[] {
  const { status, output } = of.k3s('kubectl', 'get', 'nodes', '-o', 'json')
  expect(output).toContain('"items"')
  expect(status).toBe(0)
  return (JSON.parse(output) as { items: KubeNode[] }).items
}
const nodeOf = (of: StandInNode, name: string): KubeNode | undefined =>
  nodesOf(of).find(({ metadata }) => metadata.name === name)

function bootstrapSecret(token: string, expiration: string): string {
  const [id, secret] = token.split('.')
  return `apiVersion: v1
kind: Secret
metadata: { name: bootstrap-token-${id}, namespace: kube-system }
type: bootstrap.kubernetes.io/token
stringData:
  token-id: ${id}
  token-secret: "${secret}"
  expiration: "${expiration}"
  usage-bootstrap-authentication: "true"
  auth-extra-groups: system:bootstrappers:k3s:default-node-token
`
}

/** Waits for what comes by itself. */
async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !holds();) {
    if (Date.now() > deadline) throw new Error(`it does not come to this: ${holds.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

/** Collects the messages to a service manager. */
async function notifyListener(of: StandInNode): Promise<{ path: string; text: () => string; close: () => void }> {
  const path = join(of.root, 'notify')
  const listener = spawn(python ?? 'python3', [
    '-uc',
    `import socket, sys
channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); channel.bind(sys.argv[1]); print("bound")
while True: print(channel.recv(4096).decode())`,
    path,
  ])
  let text = ''
  listener.stdout.on('data', (part: Buffer) => {
    text += part.toString()
  })
  while (!text.includes('bound')) await new Promise((resolve) => setTimeout(resolve, 20))
  return {
    path,
    text: () => text,
    close: () => {
      listener.kill()
    },
  }
}

beforeAll(async () => {
  if (!canRun) return
  port = await freePort()
  server = createNode(serverConfig('server-1', port, 'cluster-init: true\ntls-san:\n  - server-1.local\n'))
  caHash = writeAuthorities(server.path(TLS), '20200101000000Z')
  server.write('var/lib/rancher/k3s/server/manifests/live.yaml', bootstrapSecret(LIVE_TOKEN, tomorrow))
  server.write('var/lib/rancher/k3s/server/manifests/spent.yaml', bootstrapSecret(SPENT_TOKEN, '2026-01-01T00:00:00Z'))
  server.start('server')
  await server.logs('Successfully registered node server-1')
})
afterAll(async () => {
  if (canRun) await server.remove()
})

describe.concurrent('a server that initializes a cluster', () => {
  testStandIn('serves with a certificate that openssl and curl accept for its names', () => {
    const authority = server.path(`${TLS}/server-ca.crt`)
    const check = (host: string): string =>
      run(
        'openssl',
        [
          's_client',
          '-connect',
          `127.0.0.1:${port}`,
          '-CAfile',
          authority,
          '-verify_hostname',
          host,
          '-verify_return_error',
        ],
        { input: '' },
      ).output
    for (const host of ['server-1', 'server-1.local', 'localhost', 'kubernetes.default.svc'])
      expect(check(host)).toContain('Verify return code: 0 (ok)')
    expect(check('elsewhere.local')).toMatch(/hostname mismatch/i)
    const curl = (path: string, ...args: readonly string[]): string =>
      run('curl', [
        '--silent',
        '--show-error',
        '--max-time',
        '20',
        '--cacert',
        authority,
        ...args,
        `https://127.0.0.1:${port}${path}`,
      ]).output
    expect(curl('/ping')).toBe('pong')
    expect(curl('/cacerts')).toBe(server.read(`${TLS}/server-ca.crt`))
    expect(curl('/ping', '--include')).toMatch(/content-length: 4/i)
  })

  testStandIn(
    'tells who may ask by user and password: 401 for a wrong one, 403 for an agent that wants the keys',
    () => {
      const status = (path: string, user: string): string =>
        run('curl', [
          '--silent',
          '--cacert',
          server.path(`${TLS}/server-ca.crt`),
          '--user',
          user,
          '--output',
          '/dev/null',
          '--write-out',
          '%{http_code}',
          `https://127.0.0.1:${port}/v1-k3s/${path}`,
        ]).output
      expect([status('config', `node:${AGENT_TOKEN}`), status('config', `server:${SERVER_TOKEN}`)]).toEqual([
        '200',
        '200',
      ])
      expect([status('config', 'node:wrong'), status('config', `node:${SERVER_TOKEN}`), status('config', ':')]).toEqual(
        ['401', '401', '401'],
      )
      expect([
        status('server-bootstrap', `node:${AGENT_TOKEN}`),
        status('server-bootstrap', `server:${SERVER_TOKEN}`),
      ]).toEqual(['403', '200'])
    },
  )

  testStandIn(
    'backdates certificates by an hour, and no further than their authority',
    async ({ onTestFinished: finish }) => {
      const leaf = server.path(`${TLS}/serving-kube-apiserver.crt`)
      const holds = (file: string, authority: string, seconds: number): boolean =>
        run('openssl', ['verify', '-attime', String(seconds), '-partial_chain', '-CAfile', authority, file]).status ===
        0
      const now = Math.floor(Date.now() / 1000)
      const old = server.path(`${TLS}/server-ca.crt`)
      expect([holds(leaf, old, now), holds(leaf, old, now - 50 * 60), holds(leaf, old, now - 2 * 3600)]).toEqual([
        true,
        true,
        false,
      ])
      // An authority of this minute: its leaf begins with it.
      const young = node(finish, serverConfig('young', await freePort()))
      young.start('server')
      await young.logs('k3s is up and running')
      const validFrom = (file: string): string => new X509Certificate(young.read(`${TLS}/${file}`)).validFrom
      expect(validFrom('serving-kube-apiserver.crt')).toBe(validFrom('server-ca.crt'))
      for (const name of ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'])
        expect(young.mode(`${TLS}/${name}.key`)).toBe(0o600)
      expect(young.read(`${TLS}/service.key`)).toContain('BEGIN RSA PRIVATE KEY')
    },
  )

  testStandIn('writes tokens with the hash of the root, and a kubeconfig for root alone', () => {
    expect(server.read('var/lib/rancher/k3s/server/node-token')).toBe(`K10${caHash}::server:${SERVER_TOKEN}\n`)
    expect(server.read('var/lib/rancher/k3s/server/token')).toBe(`K10${caHash}::server:${SERVER_TOKEN}\n`)
    expect([server.mode('var/lib/rancher/k3s/server/token'), server.mode('etc/rancher/k3s/k3s.yaml')]).toEqual([
      0o600, 0o600,
    ])
  })

  testStandIn('replaces a certificate that runs out, at its next start', async ({ onTestFinished: finish }) => {
    const initialServer = node(finish, serverConfig('initial-server', await freePort()))
    initialServer.start('server')
    await initialServer.logs('Successfully registered')
    await initialServer.stop()
    const leaf = `${TLS}/serving-kube-apiserver.crt`
    const first = initialServer.read(leaf)
    initialServer.start('server')
    await initialServer.logs('Successfully registered')
    expect(initialServer.read(leaf)).toBe(first)
    await initialServer.stop()
    run('openssl', [
      'req',
      '-new',
      '-key',
      initialServer.path(`${TLS}/serving-kube-apiserver.key`),
      '-subj',
      '/CN=k3s',
      '-out',
      initialServer.path('request'),
    ])
    const short = run('openssl', [
      'x509',
      '-req',
      '-days',
      '1',
      '-in',
      initialServer.path('request'),
      '-CA',
      initialServer.path(`${TLS}/server-ca.crt`),
      '-CAkey',
      initialServer.path(`${TLS}/server-ca.key`),
      '-out',
      initialServer.path(leaf),
    ])
    expect(short.status).toBe(0)
    initialServer.start('server')
    await initialServer.logs('Successfully registered')
    expect(new X509Certificate(initialServer.read(leaf)).subjectAltName).toContain('DNS:initial-server')
  })
})

describe.concurrent('an agent that joins', () => {
  testStandIn(
    'registers with its labels, taints, address and version, and only then counts as started',
    async ({ onTestFinished: finish }) => {
      const agent = node(
        finish,
        agentConfig(
          'worker-1',
          AGENT_TOKEN,
          'node-label:\n  - disk=ssd\n  - zone=1:30\nnode-taint: [dedicated=storage:NoSchedule]\n',
        ),
      )
      const manager = await notifyListener(agent)
      agent.start('agent', { NOTIFY_SOCKET: manager.path })
      await agent.logs('k3s agent is up and running')
      await until(() => manager.text().includes('READY=1'))
      manager.close()
      const registered = nodeOf(server, 'worker-1')
      expect(registered?.metadata.labels).toMatchObject({
        disk: 'ssd',
        zone: '1:30',
        'kubernetes.io/hostname': 'worker-1',
      })
      expect(registered?.spec.taints).toEqual([{ key: 'dedicated', value: 'storage', effect: 'NoSchedule' }])
      expect(registered?.status.addresses[0]).toEqual({ type: 'InternalIP', address: '127.0.0.1' })
      expect([registered?.status.nodeInfo.kubeletVersion, registered?.status.conditions[0]?.status]).toEqual([
        VERSION,
        'True',
      ])
      expect([agent.mode('etc/rancher/node/password'), agent.read('etc/rancher/node/password')]).toEqual([
        0o600,
        expect.stringMatching(/^[0-9a-f]{32}\n$/),
      ])
      await until(
        () =>
          nodeOf(server, 'worker-1')?.status.conditions[0]?.lastHeartbeatTime !==
          registered?.status.conditions[0]?.lastHeartbeatTime,
      )
    },
  )

  testStandIn.for([
    { name: 'a hash and the agent token', token: () => `K10${caHash}::node:${AGENT_TOKEN}` },
    { name: 'a hash and a bootstrap token', token: () => `K10${caHash}::${LIVE_TOKEN}` },
    { name: 'a bare bootstrap token', token: () => LIVE_TOKEN },
  ])('joins with $name', async ({ name, token }, { onTestFinished: finish }) => {
    const agent = node(finish, agentConfig(`with-${name.replaceAll(' ', '-')}`, token()))
    agent.start('agent')
    await agent.logs('k3s agent is up and running')
    expect(agent.log().includes('the token does not include a CA hash')).toBe(!token().startsWith('K10'))
  })

  testStandIn('needs its token no more once it has a certificate', async ({ onTestFinished: finish }) => {
    const manifest = 'var/lib/rancher/k3s/server/manifests/brief.yaml'
    server.write(manifest, bootstrapSecret(BRIEF_TOKEN, tomorrow))
    const agent = node(finish, agentConfig('short-lived', `K10${caHash}::${BRIEF_TOKEN}`))
    agent.start('agent')
    await agent.logs('k3s agent is up and running')
    await agent.stop()
    server.write(manifest, bootstrapSecret(BRIEF_TOKEN, '2026-01-01T00:00:00Z'))
    agent.start('agent')
    await agent.logs('k3s agent is up and running')
  })

  testStandIn.for([
    {
      name: 'a wrong token',
      token: () => `K10${caHash}::node:not-the-token-of-it`,
      words: '/v1-k3s/config: 401 Unauthorized',
    },
    {
      name: 'the token of servers',
      token: () => `K10${caHash}::server:${SERVER_TOKEN}`,
      words: '/v1-k3s/config: 401 Unauthorized',
    },
    {
      name: 'an expired bootstrap token',
      token: () => `K10${caHash}::${SPENT_TOKEN}`,
      words: '/v1-k3s/config: 401 Unauthorized',
    },
    {
      name: 'the hash of another authority',
      token: () => `K10${'0'.repeat(64)}::node:${AGENT_TOKEN}`,
      words: 'token CA hash does not match the Cluster CA certificate hash: ',
    },
    { name: 'a torn hash', token: () => `K1012345::node:${AGENT_TOKEN}`, words: 'invalid token CA hash length' },
  ])(
    'keeps trying with $name, and its log says why without the secret',
    async ({ token, words }, { onTestFinished: finish }) => {
      const agent = node(finish, agentConfig('refused', token()))
      agent.start('agent')
      await agent.logs(words, 2)
      expect(agent.exitCode()).toBeNull()
      expect(nodeOf(server, 'refused')).toBeUndefined()
      const secret = token().split('::')[1]?.split(':').at(-1) ?? ''
      expect(agent.log()).not.toContain(secret)
      for (const line of agent.log().trim().split('\n'))
        expect(line).toMatch(/^time="[^"]+" level=\w+ msg="stand-in-k3s: .*"$/)
    },
  )

  testStandIn(
    'refuses a server whose certificate does not carry the name that it asked for',
    async ({ onTestFinished: finish }) => {
      const agent = node(finish, agentConfig('misled', AGENT_TOKEN).replace('127.0.0.1:', '127.0.0.2:'))
      agent.start('agent')
      await agent.logs('CA cert validation failed')
      expect(agent.log()).toContain('x509: certificate is valid for other addresses, not 127.0.0.2')
    },
  )

  testStandIn('waits for a server that comes late', async ({ onTestFinished: finish }) => {
    const late = await freePort()
    const agent = node(finish, agentConfig('early', AGENT_TOKEN).replace(`:${port}`, `:${late}`))
    const manager = await notifyListener(agent)
    agent.start('agent', { NOTIFY_SOCKET: manager.path })
    await agent.logs(`dial tcp 127.0.0.1:${late}: connect: connection refused`, 2)
    expect(manager.text()).not.toContain('READY')
    const initialServer = node(finish, serverConfig('late', late))
    initialServer.start('server')
    await agent.logs('k3s agent is up and running')
    await until(() => manager.text().includes('READY=1'))
    manager.close()
  })

  testStandIn(
    'is refused under the name of another machine, until that one is deleted',
    async ({ onTestFinished: finish }) => {
      const first = node(finish, agentConfig('taken', AGENT_TOKEN))
      first.start('agent')
      await first.logs('k3s agent is up and running')
      await first.stop()
      const second = node(finish, agentConfig('taken', AGENT_TOKEN))
      second.start('agent')
      await second.logs("Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password'")
      expect(server.k3s('kubectl', 'delete', 'node', 'taken').output).toContain('deleted')
      await second.logs('k3s agent is up and running')
    },
  )

  testStandIn('ends where a label is one that kubelets may not give themselves', async ({ onTestFinished: finish }) => {
    const agent = node(
      finish,
      agentConfig(
        'vain',
        AGENT_TOKEN,
        'node-label: [node-role.kubernetes.io/worker=true, node.kubernetes.io/ok=1, topology.kubernetes.io/zone=a]\n',
      ),
    )
    agent.start('agent')
    await agent.logs(
      "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [node-role.kubernetes.io/worker]",
    )
    await until(() => agent.exitCode() === 1)
  })

  testStandIn('ends where the kernel has no memory controller', async ({ onTestFinished: finish }) => {
    const agent = node(finish, agentConfig('bare', AGENT_TOKEN))
    agent.write('sys/fs/cgroup/cgroup.controllers', 'cpuset cpu io pids\n')
    agent.start('agent')
    await agent.logs('level=fatal msg="stand-in-k3s: Error: failed to find memory cgroup (v2)"')
    await until(() => agent.exitCode() === 1)
  })

  testStandIn('waits for the file that holds its token', async ({ onTestFinished: finish }) => {
    const agent = node(finish, agentConfig('filed', AGENT_TOKEN).replace(/^token: .*$/m, 'token-file: /run/token'))
    agent.start('agent')
    await agent.logs('to be created')
    agent.write('run/token', `${AGENT_TOKEN}\n`)
    await agent.logs('k3s agent is up and running')
  })
})

describe.concurrent('settings', () => {
  testStandIn(
    'come from config.yaml, then config.yaml.d by name: the last wins, key+ appends, unknown ones are skipped',
    async ({ onTestFinished: finish }) => {
      const agent = node(
        finish,
        agentConfig('first-name', 'overridden', 'node-label: [from=file]\nnode-lable: [misspelt=1]\n'),
      )
      agent.write(`${CONFIG}.d/10-name.yaml`, 'node-name: second-name\nnode-label+: [added=1]\n')
      agent.write(`${CONFIG}.d/20-name.yaml`, `node-name: third-name\ntoken: ${AGENT_TOKEN}\n`)
      agent.write(`${CONFIG}.d/30-not-read.txt`, 'node-name: fourth-name\n')
      agent.start('agent')
      await agent.logs('k3s agent is up and running')
      expect(agent.log()).toContain('Unknown flag --node-lable found in config.yaml, skipping')
      expect(nodeOf(server, 'third-name')?.metadata.labels).toMatchObject({ from: 'file', added: '1' })
    },
  )

  testStandIn('are those that cluster.yaml accepts', () => {
    const of = (command: string): readonly string[] =>
      server
        .k3s(command, '--help')
        .output.trim()
        .split('\n')
        .map((flag) => flag.slice(2))
    for (const role of ['server', 'agent'] as const) expect(of(role)).toEqual(flagNamesOf(newestFlagTable, role))
    expect(server.k3s('--version').output).toBe(`k3s version ${VERSION} (stand-in)\n`)
  })
})

describe.concurrent('several servers and starts', () => {
  testStandIn(
    'a second server joins with the keys of the first, and takes agents',
    async ({ onTestFinished: finish }) => {
      const second = await freePort()
      const joining = node(finish, serverConfig('server-2', second, `server: https://127.0.0.1:${port}\n`))
      joining.start('server')
      await joining.logs('Successfully registered node server-2')
      expect(joining.read(`${TLS}/server-ca.key`)).toBe(server.read(`${TLS}/server-ca.key`))
      const agent = node(
        finish,
        agentConfig('by-second', `K10${caHash}::node:${AGENT_TOKEN}`).replace(`:${port}`, `:${second}`),
      )
      agent.start('agent')
      await agent.logs('k3s agent is up and running')
      for (const each of [server, joining]) {
        expect(nodesOf(each).map(({ metadata }) => metadata.name)).toEqual(
          expect.arrayContaining(['server-1', 'server-2', 'by-second']),
        )
      }
    },
  )

  testStandIn.for([
    { name: 'a wrong token', setting: 'token: wrong\n', words: '/v1-k3s/server-bootstrap: 401 Unauthorized' },
    {
      name: 'another pod network',
      setting: 'cluster-cidr: 10.52.0.0/16\n',
      words: 'critical configuration value mismatch between servers: cluster-cidr',
    },
    {
      name: 'a server that is down',
      setting: 'server: https://127.0.0.1:9\n',
      words: 'failed to validate token: failed to get CA certs: Get',
    },
  ])(
    'a second server with $name ends, for the service manager to start again',
    async ({ setting, words }, { onTestFinished: finish }) => {
      const joining = node(finish, serverConfig('server-3', await freePort(), `server: https://127.0.0.1:${port}\n`))
      joining.write(`${CONFIG}.d/10.yaml`, setting)
      joining.start('server')
      await joining.logs(words)
      expect(joining.log()).toContain(
        'level=fatal msg="stand-in-k3s: Error: preparing server: failed to bootstrap cluster data: ',
      )
      await until(() => joining.exitCode() === 1)
    },
  )

  testStandIn('a second server cannot join one with SQLite', async ({ onTestFinished: finish }) => {
    const first = await freePort()
    const initialServer = node(finish, serverConfig('initial-server', first))
    initialServer.start('server')
    await initialServer.logs('k3s is up and running')
    const joining = node(finish, serverConfig('server-2', await freePort(), `server: https://127.0.0.1:${first}\n`))
    joining.start('server')
    await joining.logs('/v1-k3s/server-bootstrap: 400 Bad Request')
  })

  testStandIn(
    'a restart keeps registrations, keys and passwords, and agents go on',
    async ({ onTestFinished: finish }) => {
      const first = await freePort()
      const initialServer = node(finish, serverConfig('initial-server', first))
      initialServer.start('server')
      const agent = node(finish, agentConfig('steady', AGENT_TOKEN).replace(`:${port}`, `:${first}`))
      agent.start('agent')
      await agent.logs('k3s agent is up and running')
      await initialServer.logs('Successfully registered node initial-server')
      const before = nodesOf(initialServer).map(({ metadata }) => [metadata.name, metadata.uid])
      const authority = initialServer.read(`${TLS}/server-ca.crt`)
      await initialServer.stop()
      await agent.logs('Failed to update node lease')
      initialServer.start('server')
      await agent.logs('Node lease is updated again')
      await agent.stop()
      agent.start('agent')
      await agent.logs('k3s agent is up and running')
      expect(nodesOf(initialServer).map(({ metadata }) => [metadata.name, metadata.uid])).toEqual(before)
      expect(initialServer.read(`${TLS}/server-ca.crt`)).toBe(authority)
    },
  )

  testStandIn('an initial server does not start again with another token', async ({ onTestFinished: finish }) => {
    const initialServer = node(finish, serverConfig('initial-server', await freePort()))
    initialServer.start('server')
    await initialServer.logs('Successfully registered')
    await initialServer.stop()
    initialServer.write(`${CONFIG}.d/10.yaml`, 'token: another\n')
    initialServer.start('server')
    await initialServer.logs('bootstrap data already found and encrypted with different token')
  })
})
