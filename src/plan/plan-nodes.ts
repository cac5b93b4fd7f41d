import type { ClusterMembers } from '../model/cluster-members.ts'
import type { Cluster, ClusterNode, K3sSettings } from '../model/cluster.ts'
import { findInitialServer } from '../model/find-initial-server.ts'
import type { JoinTarget, K3sPlan, NodePlan } from '../model/node-plan.ts'
import { describeMembers } from './describe-members.ts'
import { findJoinTarget } from './find-join-target.ts'
import { placesOfPlan } from './places-of-plan.ts'
import { planAgentConfig, planServerConfig, type SharedServerConfig, shareServerConfig } from './plan-k3s-config.ts'

/** The facts that all nodes share: one object, so that no two servers can have different values. */
interface ClusterPlan {
  readonly members: ClusterMembers
  readonly initialServer: ClusterNode | null
  /** Null where no node runs k3s. */
  readonly joinTarget: JoinTarget | null
  readonly serverConfig: SharedServerConfig
  readonly peerUrls: readonly string[]
}

/** Plans each node. The first server in the file initializes the cluster. All other nodes join it. */
export function planNodes(cluster: Cluster): readonly NodePlan[] {
  const servers = cluster.nodes.filter(({ role }) => role === 'server')
  const initialServer = findInitialServer(cluster.nodes)
  const shared: ClusterPlan = {
    members: describeMembers(cluster),
    initialServer,
    joinTarget: initialServer === null ? null : findJoinTarget(initialServer, cluster.k3s.endpoint),
    serverConfig: shareServerConfig(servers, cluster.k3s),
    // The endpoint may lead to any server, so also to one that runs already.
    peerUrls: [
      ...new Set([
        ...servers.filter((server) => server !== initialServer).map((server) => findJoinTarget(server, null).url),
        ...(cluster.k3s.endpoint === null || initialServer === null
          ? []
          : [findJoinTarget(initialServer, cluster.k3s.endpoint).url]),
      ]),
    ],
  }
  return cluster.nodes.map((node) => planNode(node, cluster, shared))
}

function planNode(node: ClusterNode, cluster: Cluster, shared: ClusterPlan): NodePlan {
  // The k3s part of the plan holds role, labels and taints.
  const { role, labels, taints, ...own } = node
  return {
    cluster: shared.members,
    clusterName: cluster.name,
    ...own,
    admin: cluster.admin,
    k3s: role === 'none' ? null : planK3s(node, role, cluster.k3s, shared),
    // Without fixed addresses and DNS, nodes find each other by multicast DNS: RFC 6762.
    multicastDns: (shared.joinTarget?.resolveName ?? null) !== null,
    places: placesOfPlan(node, cluster),
  }
}

function planK3s(node: ClusterNode, role: 'server' | 'agent', k3s: K3sSettings, shared: ClusterPlan): K3sPlan {
  const isServer = role === 'server'
  const isInitialServer = node === shared.initialServer
  const { datastore } = k3s
  // Servers on an external datastore find each other through the datastore.
  const joins = !isInitialServer && !(isServer && datastore.kind === 'external')
  return {
    role,
    unit: isServer ? 'k3s' : 'k3s-agent',
    version: k3s.version,
    install: k3s.install,
    releaseUrl: k3s.releaseUrl,
    sha256: k3s.sha256,
    joinTokens: k3s.joinTokenSeconds === null ? 'shared' : 'own',
    initialServer: isInitialServer,
    join: joins ? shared.joinTarget : null,
    peerUrls: isInitialServer && datastore.kind === 'etcd' ? shared.peerUrls : [],
    datastoreEndpoint: isServer && datastore.kind === 'external' ? datastore.endpoint : null,
    config: isServer
      ? planServerConfig(node, shared.serverConfig, {
          isInitialEtcdServer: isInitialServer && datastore.kind === 'etcd',
        })
      : planAgentConfig(node, k3s),
  }
}
