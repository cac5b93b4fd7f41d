import { quote } from '../../errors/config/quote-value.ts'
import type { Problem } from '../../errors/problem.ts'
import { bareAddress } from '../../model/bare-address.ts'
import type { K3sSettings } from '../../model/cluster.ts'
import { findInitialServer } from '../../model/find-initial-server.ts'
import { problem, warning } from '../../yaml-source/describe-problem.ts'
import { at, type Place } from '../../yaml-source/place.ts'
import { containsAddress, parseIpv4, parseIpv4Network } from '../network/ipv4.ts'
import type { MadeNodes, PlacedNode } from '../nodes/make-nodes.ts'
import { oncePerRange } from '../nodes/once-per-range.ts'
import { checkClusterNetworks } from './check-cluster-networks.ts'
import { checkEndpoint } from './check-endpoint.ts'

/** Checks the rules that concern several nodes. */
export function checkCluster(made: MadeNodes, k3s: K3sSettings, cluster: Place): readonly Problem[] {
  const members = made.nodes.filter(({ node }) => node.role !== 'none')
  return [
    ...checkRepeatedNames(made.nodes),
    ...checkRepeatedAddresses(made.nodes),
    ...checkRepeatedMacs(made.nodes),
    ...(made.areAllMade ? checkRoles(members, k3s, cluster) : []),
    ...checkEndpoint(members, k3s, at(cluster, 'k3s', 'endpoint')),
    ...checkReachability(members, k3s),
    ...checkClusterNetworks(members, k3s, cluster),
  ]
}

/** Calls back for each node that has the same key as an earlier node. */
function forRepetitions(
  nodes: readonly PlacedNode[],
  keyOf: (node: PlacedNode) => string | null,
  describe: (node: PlacedNode, first: PlacedNode, key: string) => Problem,
): readonly Problem[] {
  const firsts = new Map<string, PlacedNode>()
  const problemsByNode = nodes.map((placed) => {
    const key = keyOf(placed)
    if (key === null) return []
    const first = firsts.get(key)
    if (first !== undefined) return [describe(placed, first, key)]
    firsts.set(key, placed)
    return []
  })
  return oncePerRange(problemsByNode)
}

function checkRepeatedNames(nodes: readonly PlacedNode[]): readonly Problem[] {
  return forRepetitions(
    nodes,
    ({ node }) => node.name.toLowerCase(),
    ({ node, place }, first) => {
      const firstLine = first.place.source.locate(first.place.path, 'value').line
      return problem('NODE_NAME_DUPLICATE', { name: node.name, firstLine }, at(place, 'name'))
    },
  )
}

function checkRepeatedAddresses(nodes: readonly PlacedNode[]): readonly Problem[] {
  return forRepetitions(
    nodes,
    ({ node }) => bareAddress(node),
    ({ node, place }, first, address) =>
      problem('NODE_ADDRESS_DUPLICATE', { address, node: node.name, firstNode: first.node.name }, at(place, 'address')),
  )
}

function checkRepeatedMacs(nodes: readonly PlacedNode[]): readonly Problem[] {
  return forRepetitions(
    nodes,
    ({ node }) => node.network.mac,
    ({ node, place }, first, mac) =>
      problem('NODE_MAC_DUPLICATE', { mac, node: node.name, firstNode: first.node.name }, at(place, 'mac')),
  )
}

function checkRoles(members: readonly PlacedNode[], k3s: K3sSettings, cluster: Place): readonly Problem[] {
  const count = members.filter(({ node }) => node.role === 'server').length
  const [first] = members
  if (count === 0)
    return first === undefined ? [] : [problem('K3S_AGENT_WITHOUT_SERVER', { node: first.node.name }, first.place)]
  const place = at(cluster, 'k3s', 'datastore')
  if (k3s.datastore.kind === 'sqlite' && count > 1) return [problem('K3S_SQLITE_SERVERS', { count }, place)]
  return k3s.datastore.kind === 'etcd' && count % 2 === 0 ? [warning('K3S_ETCD_EVEN', { count }, place)] : []
}

/** Checks nodes without a gateway: such a node reaches only its subnet, and only its subnet reaches the node. */
function checkReachability(members: readonly PlacedNode[], k3s: K3sSettings): readonly Problem[] {
  const fixed = members.flatMap((placed) => {
    const subnet = parseIpv4Network(placed.node.network.address ?? '')
    return subnet === null ? [] : [{ ...placed, subnet }]
  })
  const initialServer = findInitialServer(members.map(({ node }) => node))
  const initialSubnet = parseIpv4Network(initialServer?.network.address ?? '')
  const endpoint = parseIpv4(k3s.endpoint ?? '')
  const target = endpoint ?? initialSubnet?.address
  if (target === undefined) return []
  const problemsByNode = fixed.map(({ node, place, subnet }) => {
    if (node.network.gateway !== null) return []
    const report = (unreachable: string): readonly Problem[] => [
      problem('NETWORK_GATEWAY_MISSING', { node: node.name, target: unreachable }, at(place, 'address')),
    ]
    if (!containsAddress(subnet, target)) {
      return report(
        endpoint === null ? `the server ${quote(initialServer?.name ?? '')}` : `the endpoint ${k3s.endpoint ?? ''}`,
      )
    }
    // Every node contacts the initial server, which must be able to answer.
    const stranger =
      node === initialServer ? fixed.find((other) => !containsAddress(subnet, other.subnet.address)) : undefined
    return stranger === undefined ? [] : report(quote(stranger.node.name))
  })
  return oncePerRange(problemsByNode)
}
