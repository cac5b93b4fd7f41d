import type { ClusterMembers } from './cluster-members.ts'
import type { Admin, ClusterNode } from './cluster.ts'
import type { Secret } from './secret.ts'

/** The address of the server that a node joins. */
export interface JoinTarget {
  /** Such as `https://192.168.1.10:6443`. */
  readonly url: string
  /**
   * Host name that the node must resolve and write to /etc/hosts before k3s starts. k3s is a static binary: it resolves no `.local` names
   * and uses no NSS modules. Null where the URL holds an address or a DNS name.
   */
  readonly resolveName: string | null
}

/** The k3s of a node; values of /etc/rancher/k3s/config.yaml except the token. */
export interface K3sPlan {
  readonly role: 'server' | 'agent'
  /** systemd unit, with the name that k3s uses. */
  readonly unit: 'k3s' | 'k3s-agent'
  readonly version: string
  readonly install: 'online' | 'offline'
  readonly releaseUrl: string
  readonly sha256: Readonly<Record<string, string>>
  /** `shared`: all agents join with one token. `own`: each agent has a separate token that expires. */
  readonly joinTokens: 'shared' | 'own'
  /** True for exactly one server: it initializes the cluster. */
  readonly initialServer: boolean
  /** Null for the initial server (and for servers on an external datastore). */
  readonly join: JoinTarget | null
  /**
   * URLs of the other servers and of `k3s.endpoint`; only on the initial server of an etcd cluster. If one of them answers, the cluster
   * already exists: an initial server that was flashed again then joins it and does not initialize a second one.
   */
  readonly peerUrls: readonly string[]
  /** Endpoint of the external datastore, on servers only. It goes into the environment file, because it may hold a password. */
  readonly datastoreEndpoint: Secret | null
  /** Keys of config.yaml as k3s names them, without `token`, `agent-token` and `server`. */
  readonly config: Readonly<Record<string, unknown>>
}

/** The complete plan of one node. It does not depend on a base image or a seed format. */
export interface NodePlan extends Omit<ClusterNode, 'role' | 'labels' | 'taints'> {
  readonly clusterName: string
  /** The facts of all nodes that templates may use: one value, shared by all plans. */
  readonly cluster: ClusterMembers
  readonly admin: Admin
  /** The result of the node's role, labels and taints; null for a node without k3s. */
  readonly k3s: K3sPlan | null
  /** True where nodes find each other by multicast DNS, because a server has no fixed address. */
  readonly multicastDns: boolean
}
