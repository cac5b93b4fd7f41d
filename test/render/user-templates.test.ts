import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { checkUserTemplates } from '../../src/render/check-user-templates.ts'
import { detachSecrets } from '../../src/render/detach-secrets.ts'
import { loadFixture, problemsOf } from '../config/load-fixture.ts'
import { expectRejection } from '../support/expect-code.ts'
import { run, testWith } from '../support/validators.ts'
import { balanced, balancers } from './balanced.ts'
import { agentToken, nodeSecrets, secrets, serverToken } from './plans.ts'
import { allFiles, render, textOf } from './rendered.ts'
import { withUserFiles } from './user-files.ts'

const HOME = `name: home
network: {gateway: 10.0.0.254, dns: [10.0.0.254]}
nodes:
  - {name: server-1, profile: server, address: 10.0.0.1/24}
  - {name: worker-1, profile: worker, board: pi4, labels: {disk: ssd}}
`
const MOTD = `${HOME}files: [{path: /etc/motd, template: motd.hbs}]\n`

const nodeOf = (nodes: readonly RenderedNode[], name: string): RenderedNode =>
  nodes.find(({ nodeName }) => nodeName === name) ?? expect.fail(`no node ${name}`)

describe('a template of a user', () => {
  test('is filled in for each node, with the facts of all nodes', async () => {
    const motd = '{{plain node.name}}{{#each cluster.nodes}} {{yaml this}}{{/each}}\n'
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': motd }, async (load) => {
      const nodes = await load()
      const all =
        '{ name: server-1, profile: server, role: server, board: any, address: 10.0.0.1, host: 10.0.0.1, labels: {} }' +
        ' { name: worker-1, profile: worker, role: agent, board: pi4, address: null, host: worker-1.local, labels: { disk: ssd } }'
      for (const name of ['server-1', 'worker-1']) {
        expect(textOf(nodeOf(nodes, name), 'etc/motd')).toBe(`${name} ${all}\n`)
      }
    })
  })

  test('lists servers and agents, and the labels of a node', async () => {
    const motd =
      '{{#each cluster.servers}}{{plain name}} {{/each}}{{#each cluster.agents}}{{plain name}} {{/each}}' +
      '{{#each node.labels}}{{plain @key}}={{plain this}}{{/each}}'
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': motd }, async (load) => {
      expect(textOf(nodeOf(await load(), 'worker-1'), 'etc/motd')).toBe('server-1 worker-1 disk=ssd')
    })
  })

  test('is relative to the file that names it: the cluster file or the profile', async () => {
    const files = {
      'cluster.yaml': MOTD.replace('worker-1, profile: worker', 'worker-1, profile: own'),
      'motd.hbs': 'of the cluster\n',
      'profiles/own.yaml': 'extends: worker\nfiles: [{path: /etc/motd, template: motd.hbs}]\n',
      'profiles/motd.hbs': 'of the profile\n',
    }
    await withUserFiles(files, async (load) => {
      const nodes = await load()
      expect(textOf(nodeOf(nodes, 'server-1'), 'etc/motd')).toBe('of the cluster\n')
      expect(textOf(nodeOf(nodes, 'worker-1'), 'etc/motd')).toBe('of the profile\n')
    })
  })

  test('for a file of another owner waits with it', async () => {
    const cluster = `${HOME}files: [{path: /home/bantam/name, template: name.hbs, owner: bantam, mode: '0644'}]\n`
    await withUserFiles({ 'cluster.yaml': cluster, 'name.hbs': '{{plain node.name}}' }, async (load) => {
      expect(textOf(nodeOf(await load(), 'worker-1'), 'var/lib/bantam/files/000')).toBe('worker-1')
    })
  })

  test('places the instance id that the node has', async () => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': '{{plain instanceId}}' }, async (load) => {
      const node = nodeOf(await load(), 'server-1')
      expect(textOf(node, 'etc/motd')).toBe(node.instanceId)
    })
  })

  test('loses the carriage returns of Windows', async () => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': 'a\r\nb\r\n' }, async (load) => {
      expect(textOf(nodeOf(await load(), 'server-1'), 'etc/motd')).toBe('a\nb\n')
    })
  })

  test('is read and compiled once, however many nodes name it', async () => {
    const entry = (index: number): string =>
      `  - {name: node-${index}, profile: worker, files: [{path: /etc/motd, template: motd.hbs}]}\n`
    const cluster = `name: home\nnodes:\n  - {name: server-1, profile: server}\n${Array.from({ length: 9 }, (_, index) => entry(index)).join('')}`
    await withUserFiles({ 'cluster.yaml': cluster, 'motd.hbs': 'x' }, async (_load, folder) => {
      const { nodes } = (await loadFixture(join(folder, 'cluster.yaml'))).cluster
      const contents = nodes.flatMap(({ files }) => files.map(({ content }) => content))
      expect(contents).toHaveLength(9)
      expect(new Set(contents).size).toBe(1)
    })
  })

  test('is searched in the home folder if its path starts with ~', async () => {
    const cluster = `${HOME}files: [{path: /etc/key, template: ~/extra.pub}]\n`
    await withUserFiles({ 'cluster.yaml': cluster }, async (load) => {
      expect(textOf(nodeOf(await load(), 'server-1'), 'etc/key')).toMatch(/^ssh-/)
    })
  })
})

describe('a condition asks for a label that not every node has', () => {
  test.each([
    ['of the node', '{{#if node.labels.disk}}{{plain node.labels.disk}}{{else}}none{{/if}}', 'none', 'ssd'],
    ['of the node, negated', '{{#unless node.labels.disk}}none{{/unless}}', 'none', ''],
    [
      'of every node',
      '{{#each cluster.nodes}}{{#if labels.disk}}{{plain name}}{{/if}}{{/each}}',
      'worker-1',
      'worker-1',
    ],
    ['whose name is no word', '{{#if node.labels.[example.com/disk]}}yes{{else}}no{{/if}}', 'no', 'no'],
    ['in an else', '{{#if node.address}}{{else if node.labels.disk}}disk{{else}}none{{/if}}', '', 'disk'],
  ])('%s', async (_name, text, ofServer, ofWorker) => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': text }, async (load) => {
      const nodes = await load()
      expect(textOf(nodeOf(nodes, 'server-1'), 'etc/motd')).toBe(ofServer)
      expect(textOf(nodeOf(nodes, 'worker-1'), 'etc/motd')).toBe(ofWorker)
    })
  })

  test.each([
    ['{{#if node.nmae}}x{{/if}}', 'node.nmae'],
    ['{{#if node.lables}}x{{/if}}', 'node.lables'],
    ['{{#if node.lables.disk}}x{{/if}}', 'node.lables.disk'],
    ['{{#unless node.lables.disk}}x{{/unless}}', 'node.lables.disk'],
    ['{{#each cluster.nodes}}{{#if lables.disk}}x{{/if}}{{/each}}', 'lables.disk'],
    ['{{#if labels.disk}}x{{/if}}', 'labels.disk'],
    ['{{#if node.labels.disk.size}}x{{/if}}', 'node.labels.disk.size'],
    ['{{#each node.labels.disk}}x{{/each}}', 'node.labels.disk'],
  ])('a misspelt name is an error still: %s', async (text, value) => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': `\n${text}` }, async (load) => {
      expect((await expectRejection('TEMPLATE_VALUE_MISSING', load())).facts).toMatchObject({ line: 2, value })
    })
  })
})

describe('problems of a template are reported with its file', () => {
  test.each([
    ['a syntax error', 'a\n{{#if k3s}}\n', ', line 3: the syntax is not that of Handlebars.'],
    ['an unknown helper', 'a\n{{quote node.name}}\n', ', line 2: {{quote}} is none of the helpers'],
    ['a value without a helper', '{{node.name}}', ', line 1: {{node.name}} is none of the helpers'],
  ])('%s, and with the line of cluster.yaml', async (_name, text, words) => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': text }, async (_load, folder) => {
      const [problem, ...others] = await problemsOf(join(folder, 'cluster.yaml'))
      expect(others).toEqual([])
      expect(problem).toMatchObject({ code: 'TEMPLATE_INVALID', file: join(folder, 'cluster.yaml'), line: 6 })
      expect(problem?.message).toContain(join(folder, 'motd.hbs') + words)
    })
  })

  test.each<[string, Uint8Array, string, string]>([
    ['bytes that are no text', Uint8Array.of(0xff), 'TEMPLATE_INVALID', 'UTF-8'],
    ['more than 1 MiB', new Uint8Array(1024 * 1024 + 1).fill(0x20), 'EXTRA_FILE_TOO_LARGE', '1048576'],
  ])('%s', async (_name, bytes, code, words) => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': '' }, async (_load, folder) => {
      writeFileSync(join(folder, 'motd.hbs'), bytes)
      const problems = await problemsOf(join(folder, 'cluster.yaml'))
      expect(problems).toMatchObject([{ code, line: 6 }])
      expect(problems[0]?.message).toContain(words)
    })
  })

  test.each([
    ['an unknown value', '\n{{plain node.nmae}}', 'TEMPLATE_VALUE_MISSING', 'node.nmae'],
    [
      'an unknown value of another node',
      '\n{{#each cluster.nodes}}{{plain mac}}{{/each}}',
      'TEMPLATE_VALUE_MISSING',
      'mac',
    ],
    ['a label that a node lacks', '\n{{plain node.labels.disk}}', 'TEMPLATE_VALUE_MISSING', 'node.labels.disk'],
    [
      'an address that is null',
      '\n{{#each cluster.agents}}{{plain address}}{{/each}}',
      'TEMPLATE_VALUE_INVALID',
      'address',
    ],
    ['a text of several words', '\n{{plain admin.sshKeys.[0]}}', 'TEMPLATE_VALUE_INVALID', 'admin.sshKeys.0'],
    ['the whole cluster as a word', '\n{{plain cluster}}', 'TEMPLATE_VALUE_INVALID', 'cluster'],
    ['all values at once', '\n{{yaml this}}', 'TEMPLATE_INVALID', null],
  ] as const)('%s', async (_name, text, code, value) => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': text }, async (load, folder) => {
      const { facts } = await expectRejection(code, load())
      expect(facts).toMatchObject({ template: join(folder, 'motd.hbs'), line: 2, ...(value !== null && { value }) })
    })
  })
})

test('a misspelt value is one problem with the nearest value, though the value is not there on some of the nodes', async () => {
  const cluster = `${HOME}  - {name: nas, profile: own}\nfiles: [{path: /etc/x, template: x.hbs}]\n`
  const files = {
    'cluster.yaml': cluster,
    'profiles/own.yaml': 'extends: base\nrole: none\n',
    'x.hbs': '{{plain k3s.unti}}',
  }
  await withUserFiles(files, async (_load, folder) => {
    const plans = planNodes((await loadFixture(join(folder, 'cluster.yaml'))).cluster)
    const nodes = new Map(plans.map(({ name }) => [name, nodeSecrets(name)]))
    const problems = checkUserTemplates(plans, { ...secrets, nodes }, 'cluster.yaml')
    expect(problems).toMatchObject([{ code: 'TEMPLATE_VALUE_MISSING', hint: 'Did you mean `k3s.unit`?' }])
    expect(problems[0]?.message).toContain(', for nodes server-1, worker-1, nas:')
  })
})

describe('secrets', () => {
  const token = '{{#if k3s}}{{plain k3s.config.token}}{{/if}}'

  test('are placed in files that only their owner may read, and only those of the node itself', async () => {
    const cluster = `${HOME}files: [{path: /etc/token, template: token.hbs, mode: '0600'}]\n`
    await withUserFiles({ 'cluster.yaml': cluster, 'token.hbs': token }, async (load) => {
      const nodes = await load()
      expect(textOf(nodeOf(nodes, 'server-1'), 'etc/token')).toContain(serverToken)
      expect(textOf(nodeOf(nodes, 'worker-1'), 'etc/token')).toContain(agentToken)
      expect(textOf(nodeOf(nodes, 'worker-1'), 'etc/token')).not.toContain(serverToken)
    })
  })

  test.each(['0644', '0640', '0604'])('are unknown in a file of mode %s', async (mode) => {
    const cluster = `${HOME}files: [{path: /etc/token, template: token.hbs, mode: '${mode}'}]\n`
    await withUserFiles({ 'cluster.yaml': cluster, 'token.hbs': token }, async (load) => {
      await expectRejection('TEMPLATE_VALUE_MISSING', load())
    })
  })

  test('are not in an image without secrets; a public file is', async () => {
    const cluster = `${HOME}files: [{path: /etc/token, template: token.hbs, mode: '0600'}, {path: /etc/motd, template: motd.hbs}]\n`
    const files = { 'cluster.yaml': cluster, 'token.hbs': token, 'motd.hbs': '{{plain node.name}}' }
    await withUserFiles(files, async (load) => {
      const { node, secretFiles } = detachSecrets(nodeOf(await load('detached'), 'server-1'))
      expect(secretFiles.common.map(({ path }) => path)).toContain('etc/token')
      expect(node.files.map(({ path }) => path)).not.toContain('etc/token')
      expect(textOf(node, 'etc/motd')).toBe('server-1')
      for (const { content } of allFiles(node)) expect(new TextDecoder().decode(content)).not.toContain(serverToken)
    })
  })
})

describe('the instance id', () => {
  const ids = (nodes: readonly RenderedNode[]): Record<string, string> =>
    Object.fromEntries(nodes.map(({ nodeName, instanceId }) => [nodeName, instanceId]))

  test('changes with the text of another node that a template places, and with nothing else of it', async () => {
    const files = {
      'cluster.yaml': `${HOME}  - {name: nas, profile: own}\n`,
      'profiles/own.yaml': 'extends: base\nrole: none\nfiles: [{path: /etc/peers, template: peers.hbs}]\n',
      'profiles/peers.hbs': '{{#each cluster.servers}}{{plain host}}\n{{/each}}',
    }
    await withUserFiles(files, async (load, folder) => {
      const before = ids(await load())
      const file = join(folder, 'cluster.yaml')
      const change = (from: string, to: string): void => {
        writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
      }
      change('disk: ssd', 'disk: nvme')
      const labelled = ids(await load())
      expect(labelled).toEqual({ ...before, 'worker-1': labelled['worker-1'] })
      expect(labelled['worker-1']).not.toBe(before['worker-1'])
      change('10.0.0.1/24', '10.0.0.2/24')
      expect(ids(await load()).nas).not.toBe(labelled.nas)
    })
  })

  test('stays where a node is added that no template places', async () => {
    await withUserFiles({ 'cluster.yaml': MOTD, 'motd.hbs': '{{plain cluster.name}}' }, async (load, folder) => {
      const before = ids(await load())
      writeFileSync(join(folder, 'cluster.yaml'), MOTD.replace('nodes:', 'nodes:\n  - {name: nas, profile: worker}'))
      expect(ids(await load())).toMatchObject(before)
    })
  })
})

describe('the load balancers of the test cluster', () => {
  test('are the only nodes with the templates of their profile; all have the cluster-wide one', () => {
    for (const plan of balanced) {
      const paths = render(plan).files.map(({ path }) => path)
      expect(paths.includes('etc/haproxy/haproxy.cfg'), plan.name).toBe(balancers.includes(plan))
      expect(paths).toContain('etc/motd')
    }
  })

  test('share one value that describes the cluster', () => {
    expect(new Set(balanced.map(({ cluster }) => cluster)).size).toBe(1)
  })

  testWith('haproxy').each(balancers.map((plan) => [plan.name, plan] as const))(
    '%s has a configuration that HAProxy accepts',
    async (_name, plan) => {
      const text = textOf(render(plan), 'etc/haproxy/haproxy.cfg')
      await withUserFiles({ 'haproxy.cfg': text }, (_load, folder) => {
        const verdict = run('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')])
        expect(verdict.status, verdict.output).toBe(0)
        expect(verdict.output).not.toMatch(/warning/i)
      })
    },
  )
})
