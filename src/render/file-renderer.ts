import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile } from '../model/rendered-node.ts'
import type { Template } from '../templates/template.ts'
import type { SeedOrigin } from './check-seed.ts'
import { isPublic } from './is-public.ts'
import type { NodeValues, TemplateValues } from './template-values.ts'

/** The place of a file, and the check of its text. */
export interface FileTarget extends Pick<RenderedFile, 'volume' | 'path' | 'mode'> {
  readonly check?: ((text: string, origin: SeedOrigin, values: TemplateValues) => unknown) | undefined
}

/** Renders a template into a file of one node. */
export type RenderFile = (template: Template, values: NodeValues, target: FileTarget) => RenderedFile

/** Makes the renderer of one node's files. A file without the instance id is rendered only once, although it is requested twice. */
export function createFileRenderer(plan: NodePlan): RenderFile {
  const finished = new Map<string, RenderedFile>()
  return (template, { open, secret }, { volume, path, mode, check }) => {
    const place = `${volume}:${path}`
    const known = finished.get(place)
    if (known !== undefined) return known
    const values = isPublic({ volume, mode }) ? open : secret
    const text = template.render(values)
    // A file with the id is rendered again when the id is known.
    const isFinal = !template.placesInstanceId || values.instanceId !== ''
    if (isFinal) check?.(text, { template: template.file, node: plan.name }, values)
    const file = plainFile(volume, path, new TextEncoder().encode(text), mode)
    if (!template.placesInstanceId) finished.set(place, file)
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
