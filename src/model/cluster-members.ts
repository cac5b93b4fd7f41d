import type { Board } from './boards.ts'
import type { Role } from './cluster.ts'

/** The facts of one node that every node of the cluster may know. None of them is secret. */
export interface ClusterMember {
  readonly name: string
  readonly profile: string
  readonly role: Role
  readonly board: Board
  /** Without prefix length; null with DHCP. */
  readonly address: string | null
  /** Where others reach the node: its address, else its name in multicast DNS. */
  readonly host: string
  readonly labels: Readonly<Record<string, string>>
}

/** All nodes of a cluster, built or not, in the order of the cluster file. */
export interface ClusterMembers {
  readonly name: string
  /** `k3s.endpoint` of the cluster file: the host that nodes join instead of the initial server; null where it is not set. */
  readonly endpoint: string | null
  readonly nodes: readonly ClusterMember[]
  readonly servers: readonly ClusterMember[]
  readonly agents: readonly ClusterMember[]
}
