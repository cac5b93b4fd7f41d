import { validateCluster } from '../pipeline/render/render-cluster.ts'
import { checkOptions, type OptionRules } from './check-options.ts'
import { type ClusterOptions, clusterRules, type TemplateOptions, templateRules } from './options.ts'
import type { Plan } from './plan.ts'
import { projectOf } from './resolve-options.ts'

export interface ValidateOptions extends ClusterOptions, TemplateOptions {}

const rules: OptionRules<ValidateOptions> = { ...clusterRules, ...templateRules }

/** Checks cluster, profiles and templates up to the rendered files. Writes nothing. Throws `CLUSTER_INVALID` with every problem. */
export async function validate(options: ValidateOptions): Promise<Plan> {
  const checked = checkOptions('validate', options, rules)
  const { cluster, plans, warnings } = await validateCluster(projectOf('validate', checked))
  return { cluster, nodes: plans, warnings }
}
