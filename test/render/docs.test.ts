import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { NodePlan } from '../../src/model/node-plan.ts'
import { createPskDeriver } from '../../src/render/derive-psk.ts'
import { templateNames } from '../../src/render/template-names.ts'
import { rootTemplateValues, templateValues } from '../../src/render/template-values.ts'
import { secrets, studio } from './plans.ts'

const page = readFileSync(new URL('../../docs/seeds.md', import.meta.url), 'utf8')

test.each(templateNames)('docs/seeds.md names the template %s', (name) => {
  expect(page).toContain(`\`${name}\``)
})

test('docs/seeds.md names every value', () => {
  const [server, camera] = studio as [NodePlan, NodePlan]
  // The camera's Wi-Fi and the server's k3s together show every value that may be there.
  const plan = { ...server, network: { ...camera.network } }
  const values = templateValues(plan, { secrets, instanceId: 'x' })
  const paths = pathsOf(rootTemplateValues(values, plan, { secrets, derivePsk: createPskDeriver() }), '')
  expect(paths.length).toBeGreaterThan(30)
  expect(paths.filter((path) => !page.includes(`\`${path}\``))).toEqual([])
})

/** Paths of all values, not into what only a YAML helper takes as a whole. */
function pathsOf(value: object, prefix: string): string[] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const path = `${prefix}${key}`
    const isGroup =
      typeof item === 'object' &&
      item !== null &&
      !Array.isArray(item) &&
      !['network.netplan', 'k3s.config'].includes(path)
    return isGroup ? pathsOf(item, `${path}.`) : [path]
  })
}
