import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile } from '../model/rendered-node.ts'
import type { SeedOrigin } from './check-seed.ts'
import { findTemplate } from './find-template.ts'
import type { Templates } from './load-templates.ts'
import type { TemplateName } from './template-names.ts'
import type { TemplateValues } from './template-values.ts'

/** Where a file goes, and what must be true of its text. */
export interface FileTarget {
  readonly volume: RenderedFile['volume']
  readonly path: string
  readonly mode?: number
  readonly check?: (text: string, origin: SeedOrigin) => unknown
}

/** Renders a template into a file of one node. */
export type RenderFile = (name: TemplateName, values: TemplateValues, target: FileTarget) => RenderedFile

/** Makes the renderer of one node's templates. What does not hold the instance id is rendered once, however often asked for. */
export function createFileRenderer(plan: NodePlan, templates: Templates): RenderFile {
  const finished = new Map<TemplateName, RenderedFile>()
  return (name, values, { volume, path, mode = 0o644, check }) => {
    const known = finished.get(name)
    if (known !== undefined) return known
    const template = findTemplate(templates, name, plan.profileChain)
    const text = template.render(values)
    // Without the id, it will be rendered once more.
    const isFinal = !template.placesInstanceId || values.instanceId !== ''
    if (isFinal) check?.(text, { template: template.file, node: plan.name })
    const file = plainFile(volume, path, new TextEncoder().encode(text), mode)
    if (!template.placesInstanceId) finished.set(name, file)
    return file
  }
}

/** A file that belongs to root. */
export function plainFile(
  volume: RenderedFile['volume'],
  path: string,
  content: Uint8Array,
  mode: number,
): RenderedFile {
  return { volume, path, content, mode, uid: 0, gid: 0 }
}
