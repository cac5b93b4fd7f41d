import type { Board } from './boards.ts'
import type { Role } from './cluster.ts'

/** What every node of a cluster may know of one of them: nothing here is secret. */
export interface ClusterMember {
  readonly name: string
  readonly profile: string
  readonly role: Role
  readonly board: Board
  /** Without prefix length; null with DHCP. */
  readonly address: string | null
  /** Where others reach the node: its address, else the name that it answers to by multicast DNS. */
  readonly host: string
  readonly labels: Readonly<Record<string, string>>
}

/** All nodes of a cluster, built or not, in the order of the cluster file. */
export interface ClusterMembers {
  readonly name: string
  /** `k3s.endpoint` of the cluster file: the host that nodes join in place of the first server; null where it is not set. */
  readonly endpoint: string | null
  readonly nodes: readonly ClusterMember[]
  readonly servers: readonly ClusterMember[]
  readonly agents: readonly ClusterMember[]
}
