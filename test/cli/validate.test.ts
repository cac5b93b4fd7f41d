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

test('plan --json does not contain places', async () => {
  const { stdout } = await bantam(project(), ['plan', '--json'])
  const { nodes } = JSON.parse(stdout) as { nodes: readonly object[] }
  expect(Object.keys(nodes[0] ?? {})).toEqual([
    ...['clusterName', 'name', 'profile', 'profileChain', 'board', 'os', 'timezone', 'network', 'packages', 'cmdline'],
    ...['configTxt', 'multicastDns', 'admin', 'files', 'commandCount', 'k3s'],
  ])
})
