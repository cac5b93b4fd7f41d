import { BuildError } from '../errors.ts'
import type { Template } from '../templates/template.ts'
import type { Templates } from './load-templates.ts'
import type { TemplateName } from './seed-templates.ts'

/**
 * Finds a template for a node. The order of folders: that of `--seeds`, `seeds/` beside the cluster file, the shipped one. In each folder,
 * the subfolder of the nearest profile comes first, then the folder itself.
 */
export function findTemplate(templates: Templates, name: TemplateName, profileChain: readonly string[]): Template {
  for (const layer of templates.layers) {
    for (const profile of profileChain) {
      const found = layer.byProfile.get(profile)?.get(name)
      if (found !== undefined) return found
    }
    const found = layer.general.get(name)
    if (found !== undefined) return found
  }
  throw new BuildError('BUG', { state: `no template ${name}` })
}
