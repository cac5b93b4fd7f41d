import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { balancers } from './balanced.ts'
import { etcd, starter, studio } from './plans.ts'
import { render } from './rendered.ts'

// BANTAM_UPDATE_GOLDEN=1 writes the files anew; the difference is reviewed like code.
const update = process.env.BANTAM_UPDATE_GOLDEN === '1'
const goldenFolder = fileURLToPath(new URL('../golden', import.meta.url))
const plans = [...starter, ...studio, ...etcd, ...balancers]

test.each(plans.map((plan) => [`${plan.clusterName}/${plan.name}`, plan] as const))(
  'renders %s as it was reviewed',
  (name, plan) => {
    const folder = join(goldenFolder, name)
    const expected = goldenFiles(render(plan))
    if (update) {
      rmSync(folder, { recursive: true, force: true })
      for (const [path, content] of expected) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), content)
      }
    }
    const listed = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(listed.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()).toEqual(
      [...expected.keys()].sort(),
    )
    for (const [path, content] of expected) {
      // As text, so that a failure shows the lines that differ.
      expect(readFileSync(join(folder, path), 'latin1'), path).toBe(Buffer.from(content).toString('latin1'))
    }
  },
)

/** Files by `<backend or common>/<volume>/<path>`, and all that is no file in `node.json`. */
function goldenFiles(node: RenderedNode): Map<string, Uint8Array> {
  const groups = { common: node.files, nocloud: node.seeds.nocloud.files, firstrun: node.seeds.firstrun.files }
  const files = new Map<string, Uint8Array>()
  const modes: Record<string, string> = {}
  for (const [group, groupFiles] of Object.entries(groups)) {
    for (const file of groupFiles) {
      const name = `${group}/${file.volume}/${file.path}`
      modes[name] = file.mode.toString(8).padStart(4, '0')
      // One program for all nodes, reviewed in seeds/.
      if (file.path !== 'usr/lib/bantam/first-boot') files.set(name, file.content)
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
  }
  files.set('node.json', new TextEncoder().encode(`${JSON.stringify(rest, null, 2)}\n`))
  return files
}
