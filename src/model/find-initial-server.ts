import type { ClusterNode } from './cluster.ts'

/** Gives the server that initializes the cluster, which is the first one in the file; null where no node is a server. */
export function findInitialServer<N extends Pick<ClusterNode, 'role'>>(nodes: readonly N[]): N | null {
  return nodes.find(({ role }) => role === 'server') ?? null
}
