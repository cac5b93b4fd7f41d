import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { seedBackends } from '../../src/model/rendered-node.ts'
import { findTemplate } from '../../src/render/find-template.ts'
import { createRenderContext, renderNode } from '../../src/render/render-node.ts'
import { isTemplateName, pathOn, seedTemplates, templatesFor } from '../../src/render/seed-templates.ts'
import { etcd, secrets, starter, studio } from './plans.ts'
import { seedsFolder, shippedTemplates } from './rendered.ts'

const plans = [...starter, ...studio, ...etcd]
const context = createRenderContext(secrets, shippedTemplates, 'detached')

test('every file in seeds/ has one row, and every row has a file', () => {
  expect(seedTemplates.map(({ name }) => name).sort()).toEqual(readdirSync(seedsFolder).sort())
})

test('only the names of templates are accepted as overrides', () => {
  expect(isTemplateName('user-data.hbs')).toBe(true)
  expect(isTemplateName('user-data')).toBe(false)
})

test.each(seedTemplates.map((row) => [row.name, row] as const))('%s reaches a node', (_name, row) => {
  const carriers = plans.filter((plan) => templatesFor(row.group, plan).includes(row))
  expect(carriers).not.toEqual([])
  for (const plan of carriers) {
    const node = renderNode(plan, context)
    const backends = seedBackends.filter((backend) => row.group !== otherBackend(backend))
    for (const backend of backends) {
      const file = [...node.files, ...node.seeds[backend].files].find(
        ({ volume, path }) => volume === row.volume && path === pathOn(plan, row),
      )
      expect(file?.mode).toBe(row.mode)
      if (row.name.endsWith('.hbs')) continue
      // Copied as it is.
      expect(new TextDecoder().decode(file?.content)).toBe(findTemplate(shippedTemplates, row.name, []).render({}))
    }
  }
})

test.each(seedTemplates.filter((row) => 'when' in row).map((row) => [row.name, row] as const))(
  '%s, which not every node gets, is not on the others',
  (_name, row) => {
    const others = plans.filter((plan) => !templatesFor(row.group, plan).includes(row))
    expect(others).not.toEqual([])
    const template = findTemplate(shippedTemplates, row.name, [])
    for (const plan of others) {
      const node = renderNode(plan, context)
      const paths = [node, ...Object.values(node.seeds)].flatMap(({ files }) => files.map(({ path }) => path))
      // A path that varies cannot be asked for where the row does not apply.
      if (typeof row.path === 'string') expect(paths, template.file).not.toContain(row.path)
    }
  },
)

test('a unit that a target starts is linked from it, in the images that carry the unit', () => {
  const node = renderNode(plans[0] ?? expect.fail(), context)
  const starts = (links: typeof node.links): string[] =>
    links.map(({ path }) => path.replace('etc/systemd/system/', ''))
  expect(starts(node.links)).toEqual([
    'multi-user.target.wants/bantam-first-boot.service',
    'sysinit.target.wants/bantam-import-secrets.service',
  ])
  expect(starts(node.seeds.nocloud.links)).toEqual([
    'cloud-init.target.wants/bantam-cloud-init-restart.service',
    'cloud-init.target.wants/bantam-cloud-init-settled.service',
  ])
  expect(node.seeds.firstrun.links).toEqual([])
  expect(seedTemplates.filter((row) => row.wantedBy !== undefined && !row.name.endsWith('.service'))).toEqual([])
})

function otherBackend(backend: (typeof seedBackends)[number]): string {
  return backend === 'nocloud' ? 'firstrun' : 'nocloud'
}
