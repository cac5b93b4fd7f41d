/** The profiles that bantam ships render, and the docs name them. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { profilesFolder } from '../config/load-fixture.ts'
import { withUserFiles } from './user-files.ts'

const names = readdirSync(profilesFolder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace('.yaml', ''))
/** A profile that others extend has no role, so no node can use it. */
const usable = names.filter((name) => /^(role|extends):/m.test(readFileSync(`${profilesFolder}/${name}.yaml`, 'utf8')))

test.each(usable)('a node of %s renders', async (profile) => {
  const nodes = ['{name: first, profile: server}', `{name: second, profile: ${profile}}`]
  const cluster = `name: home\nk3s: {datastore: etcd}\nnodes: [${nodes.join(', ')}]\n`
  await withUserFiles({ 'cluster.yaml': cluster }, async (load) => {
    expect((await load()).map(({ nodeName }) => nodeName)).toEqual(['first', 'second'])
  })
})

test('docs/cluster-yaml.md names every profile', () => {
  const page = readFileSync(new URL('../../docs/cluster-yaml.md', import.meta.url), 'utf8')
  const [, section = ''] = /^## Profiles\n(.*?)(?:^## |$(?![\s\S]))/ms.exec(page) ?? []
  expect(names.length).toBeGreaterThan(2)
  expect(names.filter((name) => !section.includes(`\`${name}\``))).toEqual([])
})
