import type { Problem } from '../errors/problem.ts'
import type { Cluster } from '../model/cluster.ts'
import type { NodePlan } from '../model/node-plan.ts'
import { planCluster } from '../pipeline/plan/plan-cluster.ts'
import { checkOptions, type OptionRules } from './check-options.ts'
import { type ClusterOptions, clusterRules, type SelectionOptions, selectionRules } from './options.ts'
import { projectOf, selectionOf } from './resolve-options.ts'

export interface PlanOptions extends ClusterOptions, SelectionOptions {}

export interface Plan {
  readonly cluster: Cluster
  /** The chosen nodes, in the order of the cluster file. */
  readonly nodes: readonly NodePlan[]
  readonly warnings: readonly Problem[]
}

const rules: OptionRules<PlanOptions> = { ...clusterRules, ...selectionRules }

/** Plans each node. Writes nothing. Throws `CLUSTER_INVALID` with every problem of the cluster's files. */
export async function plan(options: PlanOptions): Promise<Plan> {
  const checked = checkOptions('plan', options, rules)
  const { cluster, plans, warnings } = await planCluster(projectOf('plan', checked), selectionOf(checked))
  return { cluster, nodes: plans, warnings }
}
