import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorOf, project } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'

const CLUSTER = `name: home
nodes:
  - {name: server-1, profile: server}
  - {name: "worker-[1-3]", profile: disk}
  - {name: worker-4, profile: worker, os: [debian-13, ubuntu-24.05]}
`

test('validate names file, line and column of a base image that is not in the catalog, each once', async () => {
  const folder = project(CLUSTER)
  mkdirSync(join(folder, 'profiles'))
  writeFileSync(join(folder, 'profiles/disk.yaml'), 'extends: worker\nos: raspios-13-lit\n')
  const { status, stdout } = await bantam(folder, ['validate', '--json'])
  const { code, problems } = errorOf(stdout)
  expect([status, code]).toEqual([2, 'CLUSTER_INVALID'])
  expect(problems).toMatchObject([
    { code: 'BASE_ID_UNKNOWN', file: join(folder, 'cluster.yaml'), line: 5, column: 55, severity: 'error' },
    { code: 'BASE_ID_UNKNOWN', file: expect.stringMatching(/disk\.yaml$/) as string, line: 2, column: 5 },
  ])
  const { stderr } = await bantam(folder, ['validate'])
  expect(stderr).toContain('cluster.yaml:5:55: error BASE_ID_UNKNOWN: ')
  expect(stderr.match(/BASE_ID_UNKNOWN/g)).toHaveLength(2)
})

const MOTD = `name: home
nodes:
  - {name: server-1, profile: server, os: raspios-13-lit}
  - {name: "worker-[1-5]", profile: worker, labels: {disk: ssd}}
  - {name: nas, profile: own}
files:
  - {path: /etc/motd, template: motd.hbs}
  - {path: /etc/disk, template: disk.hbs}
`

function projectWithTemplates(text: string): string {
  const folder = project(text)
  mkdirSync(join(folder, 'profiles'))
  writeFileSync(join(folder, 'profiles/own.yaml'), 'extends: worker\nfiles: [{path: /etc/own, template: own.hbs}]\n')
  writeFileSync(join(folder, 'profiles/own.hbs'), '{{plain admin.sshKeys}}')
  writeFileSync(join(folder, 'motd.hbs'), 'x\n{{plain node.nmae}}')
  writeFileSync(join(folder, 'disk.hbs'), '{{plain node.labels.disk}}')
  return folder
}

test('validate names the place of each template that cannot be filled in, with its nodes, among all problems', async () => {
  const folder = projectWithTemplates(MOTD)
  const { status, stdout } = await bantam(folder, ['validate', '--json'])
  const { code, problems } = errorOf(stdout)
  expect([status, code]).toEqual([2, 'CLUSTER_INVALID'])
  const cluster = join(folder, 'cluster.yaml')
  const missing = { code: 'TEMPLATE_VALUE_MISSING', file: cluster, column: 33 }
  expect(problems).toMatchObject([
    { code: 'BASE_ID_UNKNOWN', file: cluster, line: 3 },
    {
      ...missing,
      line: 7,
      message: `${join(folder, 'motd.hbs')}, line 2, for nodes server-1, worker-1, worker-2 and 4 more: there is no value node.nmae.`,
      hint: 'Did you mean `node.name`?',
    },
    {
      ...missing,
      line: 8,
      message: `${join(folder, 'disk.hbs')}, line 1, for nodes server-1, nas: there is no value node.labels.disk.`,
    },
    {
      code: 'TEMPLATE_VALUE_INVALID',
      file: join(folder, 'profiles/own.yaml'),
      line: 2,
      message: expect.stringContaining('own.hbs, line 1, for node nas: the value admin.sshKeys ') as string,
    },
  ])
})

test.each([['render'], ['build-image']])('%s names them for the chosen nodes', async (verb) => {
  const folder = projectWithTemplates(MOTD.replace(', os: raspios-13-lit', ''))
  const { status, stdout } = await bantam(folder, [verb, '--node', 'worker-2', '--json'])
  const { code, problems } = errorOf(stdout)
  expect([status, code]).toEqual([2, 'CLUSTER_INVALID'])
  expect(problems).toMatchObject([
    { code: 'TEMPLATE_VALUE_MISSING', line: 7, message: expect.stringContaining('for node worker-2:') as string },
  ])
})

test('plan --json does not contain places', async () => {
  const { stdout } = await bantam(project(), ['plan', '--json'])
  const { nodes } = JSON.parse(stdout) as { nodes: readonly object[] }
  expect(Object.keys(nodes[0] ?? {})).toEqual([
    ...['clusterName', 'name', 'profile', 'profileChain', 'board', 'os', 'timezone', 'network', 'packages', 'cmdline'],
    ...['configTxt', 'multicastDns', 'admin', 'files', 'commandCount', 'k3s'],
  ])
})
