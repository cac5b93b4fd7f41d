import type { ClusterMembers } from './cluster-members.ts'
import type { Admin, ClusterNode } from './cluster.ts'
import type { Secret } from './secret.ts'

/** How a node finds the server that it joins. */
export interface JoinTarget {
  /** Such as `https://192.168.1.10:6443`. */
  readonly url: string
  /**
   * Host name that the node itself must resolve and pin in /etc/hosts before k3s starts, because k3s, a static binary,
   * resolves neither `.local` names nor NSS modules; null where the URL holds an address or a DNS name.
   */
  readonly resolveName: string | null
}

/** What k3s does on a node; values of /etc/rancher/k3s/config.yaml except the token. */
export interface K3sPlan {
  readonly role: 'server' | 'agent'
  /** systemd unit, named as upstream names it. */
  readonly unit: 'k3s' | 'k3s-agent'
  readonly version: string
  readonly install: 'online' | 'offline'
  readonly releaseUrl: string
  readonly sha256: Readonly<Record<string, string>>
  /** Whether agents join with a password that all share, or each with a token of its own that expires. */
  readonly joinTokens: 'shared' | 'own'
  /** True for exactly one server, which founds the cluster. */
  readonly initialServer: boolean
  /** Null for the initial server (and for servers on an external datastore). */
  readonly join: JoinTarget | null
  /**
   * The other servers and `k3s.endpoint`, on the initial server of an etcd cluster only. If one of them answers, the
   * cluster exists already: an initial server that was flashed again joins it instead of initializing a second one.
   */
  readonly peerUrls: readonly string[]
  /** External datastore endpoint, on servers only; goes to the environment file, since it may hold a password. */
  readonly datastoreEndpoint: Secret | null
  /** Keys of config.yaml as k3s names them, without `token`, `agent-token` and `server`. */
  readonly config: Readonly<Record<string, unknown>>
}

/** Everything that one node will be: complete, and free of any base image's or seed format's peculiarities. */
export interface NodePlan extends Omit<ClusterNode, 'role' | 'labels' | 'taints'> {
  readonly clusterName: string
  /** What templates know of all nodes: one value, shared by all plans. */
  readonly cluster: ClusterMembers
  readonly admin: Admin
  /** What role, labels and taints of the node come to; null for a machine without k3s. */
  readonly k3s: K3sPlan | null
  /** True where nodes find each other by multicast DNS, since a server has no fixed address. */
  readonly multicastDns: boolean
}
