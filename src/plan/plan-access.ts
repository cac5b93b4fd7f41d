import { bareAddress } from '../model/bare-address.ts'
import type { Cluster, ClusterNode } from '../model/cluster.ts'
import { findInitialServer } from '../model/find-initial-server.ts'
import { findJoinTarget } from './find-join-target.ts'

/**
 * Returns the URL of the API for clients outside of the cluster. It is the URL that nodes use. A bare host name gets `.local`, because
 * outside of the cluster it needs multicast DNS. Null without servers.
 */
export function planApiUrl({ nodes, k3s }: Cluster): string | null {
  const initialServer = findInitialServer(nodes)
  if (initialServer === null) return null
  // The full name in the `.local` domain: this machine can resolve it without the nodes' search domains.
  return findJoinTarget(initialServer, k3s.endpoint ?? loginHost(initialServer)).url
}

/** Returns the address of a node, else its name in multicast DNS. */
export function loginHost(node: ClusterNode): string {
  return bareAddress(node) ?? `${node.name}.local`
}
