import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { createRenderContext, renderNode, type SecretsPlace } from '../../src/render/render-node.ts'
import { loadFixture } from '../config/load-fixture.ts'
import { nodeSecrets, secrets } from './plans.ts'
import { shippedTemplates } from './rendered.ts'

/** Loads, plans and renders the cluster of the folder as it is now. */
export type RenderFolder = (secretsPlace?: SecretsPlace) => Promise<readonly RenderedNode[]>

/** Lends a folder with these files, among them `cluster.yaml`, and what renders it. */
export async function withUserFiles<T>(
  files: Readonly<Record<string, string>>,
  use: (render: RenderFolder, folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bantam-files-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    return await use(async (secretsPlace) => renderFolder(join(folder, 'cluster.yaml'), secretsPlace), folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function renderFolder(file: string, secretsPlace?: SecretsPlace): Promise<readonly RenderedNode[]> {
  const plans = planNodes((await loadFixture(file)).cluster)
  const nodes = new Map(plans.map(({ name }) => [name, nodeSecrets(name)]))
  const context = createRenderContext({ ...secrets, nodes }, shippedTemplates, secretsPlace)
  return plans.map((plan) => renderNode(plan, context))
}
