import type { ClusterNode } from './cluster.ts'

/** Returns a node's fixed address without prefix length; null with DHCP. */
export function bareAddress({ network }: { readonly network: Pick<ClusterNode['network'], 'address'> }): string | null {
  return network.address?.split('/')[0] ?? null
}
