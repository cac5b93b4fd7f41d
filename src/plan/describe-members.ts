import { bareAddress } from '../model/bare-address.ts'
import type { ClusterMember, ClusterMembers } from '../model/cluster-members.ts'
import type { Cluster, ClusterNode } from '../model/cluster.ts'
import { loginHost } from './plan-access.ts'

/** Gathers the facts of all nodes that every node may know. The plans of thousands of nodes share this one value. */
export function describeMembers({ name, k3s, nodes }: Cluster): ClusterMembers {
  const members = nodes.map(describeMember)
  return {
    name,
    endpoint: k3s.endpoint,
    nodes: members,
    servers: members.filter(({ role }) => role === 'server'),
    agents: members.filter(({ role }) => role === 'agent'),
  }
}

function describeMember(node: ClusterNode): ClusterMember {
  const { name, profile, role, board, labels } = node
  return { name, profile, role, board, address: bareAddress(node), host: loginHost(node), labels }
}
