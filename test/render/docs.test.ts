import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { NodePlan } from '../../src/model/node-plan.ts'
import { createPskDeriver } from '../../src/render/derive-psk.ts'
import { pathOn, seedTemplates, templatesFor } from '../../src/render/seed-templates.ts'
import { nodeValues } from '../../src/render/template-values.ts'
import { etcd, secrets, starter, studio } from './plans.ts'
import { textOf } from './rendered.ts'
import { withUserFiles } from './user-files.ts'

const page = readFileSync(new URL('../../docs/seeds.md', import.meta.url), 'utf8')

interface TableRow {
  readonly path: string
  readonly template: string
  /** Null in the table of the boot volume, whose file system keeps none. */
  readonly mode: string | null
}

/** The rows of the tables of files: `| file | template | …`, where the second column names a template. */
const tableRows: readonly TableRow[] = [...page.matchAll(/^\| (`.*`) \| `([\w.-]+)` \| (?:(\d{4}) \| )?.*\|$/gm)].map(
  ([, path = '', template = '', mode]) => ({ path, template, mode: mode ?? null }),
)

test('docs/seeds.md lists exactly the templates that there are', () => {
  expect(tableRows.map(({ template }) => template).sort()).toEqual(seedTemplates.map(({ name }) => name).sort())
})

test.each(seedTemplates.map((row) => [row.name, row] as const))(
  'docs/seeds.md tells path and mode of %s',
  (name, row) => {
    const told = tableRows.find(({ template }) => template === name)
    expect(told?.mode).toBe(row.volume === 'boot' ? null : row.mode.toString(8).padStart(4, '0'))
    for (const plan of [...starter, ...studio, ...etcd].filter((one) => templatesFor(row.group, one).includes(row))) {
      const path = `${row.volume === 'boot' ? '' : '/'}${pathOn(plan, row)}`
      expect(
        pathsTold(told?.path ?? '').some((pattern) => pattern.test(path)),
        `${told?.path ?? ''} is ${path}`,
      ).toBe(true)
    }
  },
)

/** Reads `` `/a/<x>.b` or `/c` `` as patterns, in which `<x>` is any part of a name. */
function pathsTold(column: string): readonly RegExp[] {
  return [...column.matchAll(/`([^`]+)`/g)].map(
    ([, path = '']) =>
      new RegExp(
        `^${path
          .split(/<\w+>/)
          .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('[^/]+')}$`,
      ),
  )
}

test('docs/seeds.md names every value', () => {
  const [server, camera] = studio as [NodePlan, NodePlan]
  // The camera's Wi-Fi and the server's k3s together show every value that may be there.
  const plan = { ...server, network: { ...camera.network } }
  const paths = pathsOf(nodeValues(plan, 'x', { secrets, derivePsk: createPskDeriver() }).secret, '')
  expect(paths.length).toBeGreaterThan(30)
  expect(paths.filter((path) => !page.includes(`\`${path}\``))).toEqual([])
})

test('docs/seeds.md names every value of each node', () => {
  const [member] = studio[0]?.cluster.nodes ?? []
  expect(Object.keys(member ?? {}).filter((key) => !page.includes(`\`node.${key}\``))).toEqual([])
})

test('the example of docs/seeds.md gives the file that the page shows', async () => {
  const section = /^## Your templates\n(.*?)^## /ms.exec(page)?.[1] ?? ''
  const blocks = [...section.matchAll(/`([^`\n]+)`:\n\n```\w+\n(.*?)```/gs)].map(([, path = '', text = '']) => ({
    path,
    text,
  }))
  const [result, ...files] = blocks.toReversed()
  expect(files).toHaveLength(3)
  await withUserFiles(Object.fromEntries(files.map(({ path, text }) => [path, text])), async (load) => {
    const balancer = (await load()).find(({ nodeName }) => nodeName === 'balancer')
    expect(textOf(balancer ?? expect.fail(), result?.path.slice(1) ?? '')).toBe(result?.text)
  })
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
