import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { boards } from '../../src/model/boards.ts'
import { loadFixture, problemsOf, withClusterFile } from './load-fixture.ts'

const head = 'name: home\nnetwork: {gateway: 192.168.1.1, dns: [192.168.1.1]}\n'

test('each missing key of a map is reported', async () => {
  await withClusterFile(`${head}nodes:\n  - {name: server-1, profile: server}\n  - {board: pi4}\n`, async (file) => {
    const problems = await problemsOf(file)
    expect(problems.map(({ code, message, line }) => [code, message, line])).toEqual([
      ['CLUSTER_MISSING_KEY', 'The key `name` is missing.', 5],
      ['CLUSTER_MISSING_KEY', 'The key `profile` is missing.', 5],
    ])
  })
})

test.each([
  [
    'the same gateway for three nodes',
    '{name: "w-[1-3]", profile: worker, address: "10.0.0.[1-3]/24"}',
    ['NETWORK_GATEWAY_OUTSIDE'],
  ],
  [
    'three nodes that exist',
    '{name: "w-[1-3]", profile: worker}, {name: "w-[1-3]", profile: worker}',
    ['NODE_NAME_DUPLICATE'],
  ],
  [
    'three addresses among the pods',
    '{name: "w-[1-3]", profile: worker, network: {gateway: null}, address: "10.42.0.[1-3]/16"}',
    ['K3S_CIDR_OVERLAP'],
  ],
])('what is wrong with a whole range is told once: %s', async (_name, entries, codes) => {
  await withClusterFile(`${head}nodes: [{name: server-1, profile: server}, ${entries}]\n`, async (file) => {
    expect((await problemsOf(file)).map(({ code }) => code)).toEqual(codes)
  })
})

test('the hint for a wrong board or role lists all of them', async () => {
  await withClusterFile(`${head}nodes: [{name: server-1, profile: server, board: pi6}]\n`, async (file) => {
    const [problem] = await problemsOf(file)
    expect(problem).toMatchObject({
      code: 'CLUSTER_UNKNOWN_VALUE',
      hint: `Use one of ${boards.join(', ')}.`,
    })
  })
})

test.each(['tokn', 'sever', 'node-labels', 'etcd-s3-secret-keys'])(
  '%s is not taken for an option that would be refused',
  async (key) => {
    await withClusterFile(
      `${head}k3s: {serverConfig: {${key}: x}}\nnodes: [{name: server-1, profile: server}]\n`,
      async (file) => {
        const [problem] = await problemsOf(file)
        expect(problem).toMatchObject({ code: 'K3S_CONFIG_UNKNOWN_KEY' })
        expect(problem?.hint).not.toMatch(/`(token|server|node-label|etcd-s3-secret-key)`/)
      },
    )
  },
)

test('an option of servers that no file may set is refused with the same error in agentConfig', async () => {
  await withClusterFile(
    `${head}k3s: {agentConfig: {cluster-init: true}}\nnodes: [{name: server-1, profile: server}]\n`,
    async (file) => {
      expect(await problemsOf(file)).toMatchObject([{ code: 'K3S_CONFIG_RESERVED_KEY' }])
    },
  )
})

test.each([
  ['serverConfig', 'disable-apiserver-lb', 'K3S_CONFIG_UNKNOWN_KEY', '`k3s.agentConfig`'],
  ['agentConfig', 'etcd-snapshot-dir', 'K3S_CONFIG_UNKNOWN_KEY', '`k3s.serverConfig`'],
  ['serverConfig', 'config', 'K3S_CONFIG_RESERVED_KEY', 'which bantam writes'],
])('in %s, %s is %s: %s', async (section, flag, code, words) => {
  await withClusterFile(
    `${head}k3s: {${section}: {${flag}: x}}\nnodes: [{name: server-1, profile: server}]\n`,
    async (file) => {
      expect(await problemsOf(file)).toMatchObject([{ code, hint: expect.stringContaining(words) as string, line: 3 }])
    },
  )
})

test.each([
  [
    'v1.30.4+k3s1',
    '`flanel-backend` is not an option of k3s v1.36 that `k3s.serverConfig` may hold, and bantam does not know',
  ],
  ['v1.36.4+k3s1', '`flanel-backend` is not an option of k3s that `k3s.serverConfig` may hold.'],
])('for k3s %s, an unknown option is refused with: %s', async (version, words) => {
  await withClusterFile(
    `${head}k3s: {version: ${version}, serverConfig: {flanel-backend: x}}\nnodes: [{name: server-1, profile: server}]\n`,
    async (file) => {
      expect(await problemsOf(file)).toMatchObject([
        { code: 'K3S_CONFIG_UNKNOWN_KEY', message: expect.stringContaining(words) as string },
      ])
    },
  )
})

test('columns count characters, of which some have two UTF-16 units', async () => {
  const text = `name: home\nlabels: {"😀": a, "é": b, "x": "y z"}\nnodes: [{name: server-1, profile: server}]\n`
  await withClusterFile(text, async (file) => {
    const [line = ''] = text.split('\n').slice(1)
    const column = (part: string): number => Array.from(line.slice(0, line.indexOf(part))).length + 1
    expect((await problemsOf(file)).map((problem) => [problem.line, problem.column])).toEqual([
      [2, column('"😀"')],
      [2, column('"é"')],
      [2, column('"y z"')],
    ])
  })
})

test('files at /lib and at /usr/lib are the same, and the nearer wins', async () => {
  const text = `${head}files: [{path: /lib/udev/x, content: far}]\nnodes: [{name: server-1, profile: server, files: [{path: /usr/lib/udev/x, content: near}]}]\n`
  await withClusterFile(text, async (file) => {
    const [node] = (await loadFixture(file)).cluster.nodes
    expect(node?.files).toMatchObject([{ path: '/usr/lib/udev/x', content: new TextEncoder().encode('near') }])
  })
  const twice = `${head}files: [{path: /bin/x, content: a}, {path: /usr/bin/x, content: b}]\nnodes: [{name: server-1, profile: server}]\n`
  await withClusterFile(twice, async (file) => {
    expect(await problemsOf(file)).toMatchObject([{ code: 'EXTRA_FILE_PATH_DUPLICATE' }])
  })
})

test('a file whose path is a folder in another layer is refused once for each profile', async () => {
  const text = `${head}files: [{path: /opt/a/b, content: x}]\nnodes:\n  - {name: server-1, profile: server}\n  - {name: "w-[1-3]", profile: own}\n  - {name: v-1, profile: own}\n`
  await withClusterFile(text, async (file, folder) => {
    await mkdir(join(folder, 'profiles'))
    await writeFile(join(folder, 'profiles/own.yaml'), 'extends: worker\nfiles: [{path: /opt/a, content: y}]\n')
    expect(await problemsOf(file)).toMatchObject([{ code: 'EXTRA_FILE_PATH_CONFLICT', line: 6 }])
  })
})

test('the user pi, which Raspberry Pi OS keeps locked, is no admin', async () => {
  await withClusterFile('name: home\nadmin: {user: pi}\nnodes: [{name: server-1, profile: server}]\n', async (file) => {
    expect(await problemsOf(file)).toMatchObject([{ code: 'ADMIN_USER_RESERVED', line: 2 }])
  })
})
