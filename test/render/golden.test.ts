import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { createRenderContext, renderNode } from '../../src/render/render-node.ts'
import { balancers } from './balanced.ts'
import { etcd, secrets, starter, studio } from './plans.ts'
import { allFiles, render, seedsFolder, shippedTemplates } from './rendered.ts'

// BANTAM_UPDATE_GOLDEN=1 writes the files again; the difference is reviewed like code.
const update = process.env.BANTAM_UPDATE_GOLDEN === '1'
const goldenFolder = fileURLToPath(new URL('../golden', import.meta.url))
const plans = [...starter, ...studio, ...etcd, ...balancers]
/** Templates without values by their content: copied as they are, and reviewed in seeds/. */
const literals = new Map(
  readdirSync(seedsFolder)
    .filter((name) => !name.endsWith('.hbs'))
    .map((name) => [readFileSync(join(seedsFolder, name), 'latin1'), name]),
)

test('every folder of golden files belongs to a cluster that is rendered here', () => {
  expect(readdirSync(goldenFolder).sort()).toEqual([...new Set(plans.map((plan) => plan.clusterName))].sort())
})

test.each(plans.map((plan) => [`${plan.clusterName}/${plan.name}`, plan] as const))(
  'renders %s as it was reviewed',
  (name, plan) => {
    const folder = join(goldenFolder, name)
    const expected = goldenFiles(render(plan))
    if (update) {
      rmSync(folder, { recursive: true, force: true })
      for (const [path, content] of expected) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), content, 'latin1')
      }
    }
    const listed = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(listed.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()).toEqual(
      [...expected.keys()].sort(),
    )
    for (const [path, content] of expected) {
      // As text, so that a failure shows the lines that differ.
      expect(readFileSync(join(folder, path), 'latin1'), path).toBe(content)
    }
  },
)

test('every template without values reaches some node, byte by byte', () => {
  const detached = createRenderContext(secrets, shippedTemplates, 'detached')
  const nodes = plans.flatMap((plan) => [render(plan), renderNode(plan, detached)])
  const contents = new Set(nodes.flatMap(allFiles).map((file) => Buffer.from(file.content).toString('latin1')))
  const copied = readdirSync(seedsFolder).filter((name) =>
    contents.has(readFileSync(join(seedsFolder, name), 'latin1')),
  )
  expect(copied.sort()).toEqual([...literals.values()].sort())
})

/**
 * Rendered files by `<backend or common>/<volume>/<path>`, and all that is no file in `node.json`. A copy of a file of seeds/ is only named
 * there: one that is no exact copy becomes a golden file, which fails. The instance id, a hash of all the rest, is a placeholder:
 * else a change of one template would touch files of every node (instance-id.test.ts holds its value).
 */
function goldenFiles(node: RenderedNode): Map<string, string> {
  const groups = { common: node.files, nocloud: node.seeds.nocloud.files, firstrun: node.seeds.firstrun.files }
  const files = new Map<string, string>()
  const modes: Record<string, string> = {}
  const copies: Record<string, string> = {}
  const withoutId = (text: string): string => text.replaceAll(node.instanceId, `${node.nodeName}-INSTANCE-ID`)
  for (const [group, groupFiles] of Object.entries(groups)) {
    for (const file of groupFiles) {
      const name = `${group}/${file.volume}/${file.path}`
      modes[name] = file.mode.toString(8).padStart(4, '0')
      const content = Buffer.from(file.content).toString('latin1')
      const literal = literals.get(content)
      if (literal === undefined) files.set(name, withoutId(content))
      else copies[name] = `seeds/${literal}`
    }
  }
  const { instanceId, folders, absent, links, cmdlineTokens, configTxtLines, seeds } = node
  const rest = {
    instanceId,
    cmdlineTokens,
    nocloudTokens: seeds.nocloud.cmdlineTokens,
    firstrunTokens: seeds.firstrun.cmdlineTokens,
    configTxtLines,
    folders,
    absent,
    links,
    nocloudLinks: seeds.nocloud.links,
    firstrunLinks: seeds.firstrun.links,
    modes,
    copies,
  }
  files.set('node.json', withoutId(`${JSON.stringify(rest, null, 2)}\n`))
  return files
}
