import { fileURLToPath } from 'node:url'
import type { NodePlan } from '../../src/model/node-plan.ts'
import type { RenderedFile, RenderedNode, SeedBackend } from '../../src/model/rendered-node.ts'
import { loadTemplates } from '../../src/render/load-templates.ts'
import { createRenderContext, renderNode } from '../../src/render/render-node.ts'
import { secrets } from './plans.ts'

export const seedsFolder = fileURLToPath(new URL('../../seeds', import.meta.url))
export const shippedTemplates = await loadTemplates({
  shipped: seedsFolder,
  cluster: null,
  override: null,
  profiles: [],
})
export const shippedContext = createRenderContext(secrets, shippedTemplates)

export function render(plan: NodePlan): RenderedNode {
  return renderNode(plan, shippedContext)
}

/** All files that one seed backend brings onto a card. */
export function filesFor(node: RenderedNode, backend: SeedBackend): readonly RenderedFile[] {
  return [...node.files, ...node.seeds[backend].files]
}

export function allFiles(node: RenderedNode): readonly RenderedFile[] {
  return [...node.files, ...node.seeds.nocloud.files, ...node.seeds.firstrun.files]
}

/** Text of the file at a path, from whichever backend. */
export function textOf(node: RenderedNode, path: string): string {
  const file = allFiles(node).find((candidate) => candidate.path === path)
  if (file === undefined) throw new Error(`${node.nodeName} has no ${path}`)
  return new TextDecoder().decode(file.content)
}
