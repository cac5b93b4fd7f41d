import { loadCluster } from '../../config/load-cluster.ts'
import type { ValuesNeed } from '../../config/references/user-values.ts'
import type { Problem } from '../../errors/problem.ts'
import type { Cluster } from '../../model/cluster.ts'
import type { NamedSecret } from '../../model/named-secret.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import { planNodes } from '../../plan/plan-nodes.ts'
import { readSecretsFile } from '../../secrets/secrets-store.ts'
import { storeOf } from '../project/open-store.ts'
import type { Project, Selection } from '../project/project.ts'
import { selectNodes } from '../project/select-nodes.ts'

export interface PlannedCluster {
  readonly cluster: Cluster
  /** The chosen nodes. */
  readonly plans: readonly NodePlan[]
  readonly warnings: readonly Problem[]
  /** True if the SSH key pair of the secrets file is used. */
  readonly needsKeyPair: boolean
  /** The values from outside of the cluster file. Empty where none were needed. */
  readonly values: readonly NamedSecret[]
}

/**
 * Loads a cluster and plans its nodes. `need` says what the values outside of the cluster file are needed for. Throws `CLUSTER_INVALID` with
 * every problem of its files.
 */
export async function planCluster(
  project: Project,
  selection: Selection,
  need: ValuesNeed = 'none',
): Promise<PlannedCluster> {
  const { cluster, ...facts } = await loadCluster(project.clusterFile, {
    homeFolder: project.homeFolder,
    profilesFolder: project.shippedProfiles,
    values: { need, env: project.env, readSecrets: async (clusterName) => readValues(project, clusterName, need) },
  })
  return { cluster, plans: selectNodes(planNodes(cluster), selection), ...facts }
}

/** Reads the user's values in the secrets file. A check asks nobody for a passphrase. */
async function readValues(
  project: Project,
  clusterName: string,
  need: ValuesNeed,
): Promise<Readonly<Record<string, string>>> {
  const store = storeOf(project, clusterName)
  const keys = need === 'all' ? store.keys : { ...store.keys, askPassphrase: null }
  return (await readSecretsFile({ ...store, keys }))?.values ?? {}
}
