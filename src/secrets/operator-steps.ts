import type { Cluster } from '../model/cluster.ts'
import { findInitialServer } from '../model/find-initial-server.ts'
import type { OperatorStep } from '../model/operator-step.ts'

/** What the steps of every change name. */
export interface ChangeFacts {
  readonly cluster: Cluster
  /** Nodes whose images hold what changed. */
  readonly changedNodes: readonly string[]
  /** Options that choose this cluster, each with a space before it. Empty if the defaults choose it. */
  readonly clusterOptions: string
}

/** Where a step is done that no node does. */
export const HERE = 'this machine'

/** Gives the step that builds images again. `flashing` is a sentence on what to do with cards. */
export function rebuildStep({ changedNodes, clusterOptions }: ChangeFacts, flashing: string): OperatorStep {
  if (changedNodes.length === 0)
    return { do: 'No image holds the secret: no build is needed.', where: null, command: null }
  return {
    do: `Build these images again: ${changedNodes.join(', ')}. ${flashing}`,
    where: HERE,
    command: `bantam build-image${clusterOptions}${changedNodes.map((name) => ` --node ${name}`).join('')}`,
  }
}

/** Lists the names of the servers, in the order of the cluster file. */
export function serversOf({ cluster }: ChangeFacts): readonly string[] {
  return cluster.nodes.filter(({ role }) => role === 'server').map(({ name }) => name)
}

/** Returns the name of the initial server, or what to call it where the cluster file has none. */
export function initialServerOf({ cluster }: ChangeFacts): string {
  return findInitialServer(cluster.nodes)?.name ?? 'the initial server'
}
