import { isIP, isIPv6 } from 'node:net'
import { bareAddress } from '../model/bare-address.ts'
import type { ClusterNode } from '../model/cluster.ts'
import type { JoinTarget } from '../model/node-plan.ts'

/** Port of the k3s supervisor and of the Kubernetes API: https://docs.k3s.io/installation/requirements#networking */
const SUPERVISOR_PORT = 6443

/**
 * Finds the address at which nodes join: the user's endpoint, else the initial server's address, else its host name, which nodes then
 * resolve themselves.
 */
export function findJoinTarget(initialServer: ClusterNode, endpoint: string | null): JoinTarget {
  const host = endpoint ?? bareAddress(initialServer) ?? initialServer.name
  const needsMulticastDns = isIP(host) === 0 && (host === initialServer.name || host.toLowerCase().endsWith('.local'))
  return {
    url: `https://${isIPv6(host) ? `[${host}]` : host}:${SUPERVISOR_PORT}`,
    resolveName: needsMulticastDns ? host : null,
  }
}
