import type { ClusterNode } from './cluster.ts'

/** Returns the server that initializes the cluster: the first one in the file. Null where no node is a server. */
export function findInitialServer<N extends Pick<ClusterNode, 'role'>>(nodes: readonly N[]): N | null {
  return nodes.find(({ role }) => role === 'server') ?? null
}
