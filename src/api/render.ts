import { writeSeeds, type WrittenSeeds } from '../pipeline/render/write-seeds.ts'
import { checkOptions, type OptionRules } from './check-options.ts'
import {
  type ClusterOptions,
  clusterRules,
  type OutOptions,
  outRules,
  type SecretsOptions,
  secretsRules,
  type SelectionOptions,
  selectionRules,
  type TemplateOptions,
  templateRules,
} from './options.ts'
import { projectOf, selectionOf } from './resolve-options.ts'

export interface RenderOptions extends ClusterOptions, OutOptions, SelectionOptions, TemplateOptions, SecretsOptions {}

export const renderRules: OptionRules<RenderOptions> = {
  ...clusterRules,
  ...outRules,
  ...selectionRules,
  ...templateRules,
  ...secretsRules,
}

/** Writes each node's seed files to `<out>/<cluster>.access/seeds/<node>/`; makes the cluster's secrets on first use. */
export async function render(options: RenderOptions): Promise<WrittenSeeds> {
  const checked = checkOptions('render', options, renderRules)
  return writeSeeds(projectOf('render', checked), selectionOf(checked))
}
