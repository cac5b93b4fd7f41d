import { bareAddress } from '../model/bare-address.ts'
import type { Cluster, ClusterNode } from '../model/cluster.ts'
import { findInitialServer } from '../model/find-initial-server.ts'
import { findJoinTarget } from './find-join-target.ts'

/** Where somebody outside of the cluster finds its API: as the nodes do, but for a bare host name, which needs multicast DNS out there. Null without servers. */
export function planApiUrl({ nodes, k3s }: Cluster): string | null {
  const initialServer = findInitialServer(nodes)
  if (initialServer === null) return null
  // A name in its own domain, which this machine can ask for without knowing the nodes'.
  return findJoinTarget(initialServer, k3s.endpoint ?? loginHost(initialServer)).url
}

/** The address of a node, else the name that it answers to by multicast DNS. */
export function loginHost(node: ClusterNode): string {
  return bareAddress(node) ?? `${node.name}.local`
}
