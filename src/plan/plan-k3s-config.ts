import { bareAddress } from '../model/bare-address.ts'
import type { ClusterNode, K3sSettings, Taint } from '../model/cluster.ts'

type K3sConfig = Readonly<Record<string, unknown>>

/** Keys of config.yaml that must be equal on all servers, or a second server refuses to join. */
export type SharedServerConfig = { readonly ours: K3sConfig; readonly users: K3sConfig }

/** Gathers the keys that the config.yaml of every server holds. */
export function shareServerConfig(servers: readonly ClusterNode[], k3s: K3sSettings): SharedServerConfig {
  const hosts = servers.flatMap((server) => [bareAddress(server) ?? [], server.name, `${server.name}.local`].flat())
  const tlsSans = [...new Set([...(k3s.endpoint === null ? [] : [k3s.endpoint]), ...k3s.tlsSans, ...hosts])]
  return {
    ours: { 'tls-san': tlsSans, ...(k3s.disable.length === 0 ? {} : { disable: k3s.disable }) },
    users: k3s.serverConfig,
  }
}

/** Returns the keys of a server's config.yaml: https://docs.k3s.io/cli/server. The user's keys win. */
export function planServerConfig(
  node: ClusterNode,
  shared: SharedServerConfig,
  options: { readonly isInitialEtcdServer: boolean },
): K3sConfig {
  return {
    ...planMemberConfig(node),
    ...(options.isInitialEtcdServer ? { 'cluster-init': true } : {}),
    ...shared.ours,
    ...shared.users,
  }
}

/** Returns the keys of an agent's config.yaml: https://docs.k3s.io/cli/agent. The user's keys win. */
export function planAgentConfig(node: ClusterNode, k3s: K3sSettings): K3sConfig {
  return { ...planMemberConfig(node), ...k3s.agentConfig }
}

function planMemberConfig(node: ClusterNode): K3sConfig {
  const address = bareAddress(node)
  const labels = Object.entries(node.labels).map(([key, value]) => `${key}=${value}`)
  // With DHCP on a cable, the default route selects the interface. A fixed address or Wi-Fi names the interface.
  const isInterfaceGiven = address !== null || node.network.wifi !== null
  return {
    'node-name': node.name,
    ...(address === null ? {} : { 'node-ip': address }),
    ...(isInterfaceGiven ? { 'flannel-iface': node.network.interfaceName } : {}),
    ...(labels.length === 0 ? {} : { 'node-label': labels }),
    ...(node.taints.length === 0 ? {} : { 'node-taint': node.taints.map(formatTaint) }),
  }
}

function formatTaint({ key, value, effect }: Taint): string {
  return `${key}${value === '' ? '' : `=${value}`}:${effect}`
}
