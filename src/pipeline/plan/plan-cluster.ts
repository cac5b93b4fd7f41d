import { loadCluster } from '../../config/load-cluster.ts'
import type { Problem } from '../../errors/problem.ts'
import type { Cluster } from '../../model/cluster.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import { planNodes } from '../../plan/plan-nodes.ts'
import type { Project, Selection } from '../project/project.ts'
import { selectNodes } from '../project/select-nodes.ts'

export interface PlannedCluster {
  readonly cluster: Cluster
  /** The chosen nodes. */
  readonly plans: readonly NodePlan[]
  readonly warnings: readonly Problem[]
  /** True if the SSH key pair of the secrets file is used. */
  readonly needsKeyPair: boolean
}

/** Loads a cluster and plans its nodes. Throws `CLUSTER_INVALID` with every problem of its files. */
export async function planCluster(project: Project, selection: Selection): Promise<PlannedCluster> {
  const { cluster, warnings, needsKeyPair } = await loadCluster(project.clusterFile, {
    homeFolder: project.homeFolder,
    profilesFolder: project.shippedProfiles,
  })
  return { cluster, plans: selectNodes(planNodes(cluster), selection), warnings, needsKeyPair }
}
