import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { starterCluster, type StarterOptions } from '../../src/config/starter-cluster.ts'
import { fixturesFolder, loadFixture, withClusterFile } from './load-fixture.ts'

test('without options it is the cluster file of the repository', async () => {
  expect(await readFile(join(import.meta.dirname, '../../cluster.yaml'), 'utf8')).toBe(starterCluster())
})

test('names the schema on its first line', () => {
  expect(starterCluster().split('\n')[0]).toBe('# yaml-language-server: $schema=./docs/cluster.schema.json')
  expect(starterCluster({ docsFolder: 'https://example.org' }).split('\n')[0]).toContain(
    '$schema=https://example.org/cluster.schema.json',
  )
})

test('loads as it is on a machine without SSH keys', async () => {
  await withClusterFile(starterCluster(), async (file) => {
    const { cluster, warnings, needsKeyPair } = await loadFixture(file, join(fixturesFolder, 'no-such-home'))
    expect(warnings).toEqual([])
    expect(needsKeyPair).toBe(true)
    expect(cluster.nodes.map(({ name, role }) => [name, role])).toEqual([
      ['server-1', 'server'],
      ['worker-1', 'agent'],
      ['worker-2', 'agent'],
    ])
  })
})

const variants: readonly (readonly [StarterOptions, readonly string[]])[] = [
  [{ name: 'lab', servers: 3, workers: 1 }, ['server-1', 'server-2', 'server-3', 'worker-1']],
  [{ workers: 0 }, ['server-1']],
  [
    {
      os: ['./a b: #c.img'],
      board: 'pi5',
      timezone: 'Europe/London',
      user: 'pilot',
      sshKeys: ['~/.ssh/id_ed25519.pub'],
    },
    ['server-1', 'worker-1', 'worker-2'],
  ],
  [{ name: 'no' }, ['server-1', 'worker-1', 'worker-2']],
  [{ name: '12' }, ['server-1', 'worker-1', 'worker-2']],
]

test.each(variants)('loads with %j', async (options, names) => {
  await withClusterFile(starterCluster(options), async (file, folder) => {
    const { cluster, warnings } = await loadFixture(file)
    expect(warnings).toEqual([])
    expect(cluster.nodes.map(({ name }) => name)).toEqual(names)
    expect(cluster.name).toBe(options.name ?? 'home')
    if (options.os !== undefined) expect(cluster.nodes[0]?.os).toEqual([join(folder, 'a b: #c.img')])
  })
})
