import { isIPv6 } from 'node:net'
import type { K3sSettings } from '../model/cluster.ts'
import type { Problem } from '../model/problem.ts'
import { problem, warning } from './describe-problem.ts'
import { containsAddress, formatNetwork, type Ipv4Network, overlap, parseIpv4, parseIpv4Network } from './ipv4.ts'
import type { MadeNodes, PlacedNode } from './make-nodes.ts'
import { at, type Place } from './place.ts'

// https://docs.k3s.io/cli/server#networking
const DEFAULT_POD_CIDR = '10.42.0.0/16'
const DEFAULT_SERVICE_CIDR = '10.43.0.0/16'
// What the controller manager cuts from the pod network for each node.
const NODE_PREFIX_LENGTH = 24

/** Checks what only shows when all nodes are seen together. */
export function checkCluster(made: MadeNodes, k3s: K3sSettings, cluster: Place): readonly Problem[] {
  const members = made.nodes.filter(({ node }) => node.role !== 'none')
  return [
    ...checkRepeatedNames(made.nodes),
    ...checkRepeatedAddresses(made.nodes),
    ...checkRepeatedMacs(made.nodes),
    ...(made.areAllMade ? checkRoles(members, k3s, cluster) : []),
    ...checkReachability(members, k3s),
    ...checkClusterNetworks(members, k3s, at(cluster, 'k3s', 'serverConfig')),
  ]
}

/** Calls back for each node whose key an earlier node has. */
function forRepetitions(
  nodes: readonly PlacedNode[],
  keyOf: (node: PlacedNode) => string | null,
  describe: (node: PlacedNode, first: PlacedNode, key: string) => Problem,
): readonly Problem[] {
  const firsts = new Map<string, PlacedNode>()
  return nodes.flatMap((placed) => {
    const key = keyOf(placed)
    if (key === null) return []
    const first = firsts.get(key)
    if (first !== undefined) return [describe(placed, first, key)]
    firsts.set(key, placed)
    return []
  })
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
    ({ node }) => bareAddress(node.network.address),
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

/** A node without gateway reaches its own subnet only, and is reached from there only. */
function checkReachability(members: readonly PlacedNode[], k3s: K3sSettings): readonly Problem[] {
  const fixed = members.flatMap((placed) => {
    const subnet = parseIpv4Network(placed.node.network.address ?? '')
    return subnet === null ? [] : [{ ...placed, subnet }]
  })
  const founder = members.find(({ node }) => node.role === 'server')
  const founderSubnet = parseIpv4Network(founder?.node.network.address ?? '')
  const endpoint = parseIpv4(k3s.endpoint ?? '')
  const target = endpoint ?? founderSubnet?.address
  if (target === undefined) return []
  return fixed.flatMap(({ node, place, subnet }) => {
    if (node.network.gateway !== null) return []
    const report = (unreachable: string): readonly Problem[] => [
      problem('NETWORK_GATEWAY_MISSING', { node: node.name, target: unreachable }, at(place, 'address')),
    ]
    if (!containsAddress(subnet, target)) {
      return report(
        endpoint === null ? `the server \`${founder?.node.name ?? ''}\`` : `the endpoint ${k3s.endpoint ?? ''}`,
      )
    }
    // Every node talks with the founder, which must be able to answer.
    const stranger =
      node === founder?.node ? fixed.find((other) => !containsAddress(subnet, other.subnet.address)) : undefined
    return stranger === undefined ? [] : report(`\`${stranger.node.name}\``)
  })
}

function checkClusterNetworks(members: readonly PlacedNode[], k3s: K3sSettings, place: Place): readonly Problem[] {
  const pods = readCidr(k3s, 'cluster-cidr', DEFAULT_POD_CIDR)
  const services = readCidr(k3s, 'service-cidr', DEFAULT_SERVICE_CIDR)
  const invalid = [
    ...(pods === null ? [problem('K3S_CIDR_INVALID', { key: 'cluster-cidr' }, at(place, 'cluster-cidr'))] : []),
    ...(services === null ? [problem('K3S_CIDR_INVALID', { key: 'service-cidr' }, at(place, 'service-cidr'))] : []),
  ]
  if (pods === null || services === null) return invalid
  const named = [
    ...(pods === 'none'
      ? []
      : [{ network: pods, text: `The pod network ${formatNetwork(pods)}`, key: 'cluster-cidr' }]),
    ...(services === 'none'
      ? []
      : [{ network: services, text: `The service network ${formatNetwork(services)}`, key: 'service-cidr' }]),
  ]
  const [one, other] = named
  const ownOverlap =
    one && other && overlap(one.network, other.network)
      ? [
          problem(
            'K3S_CIDR_OVERLAP',
            { first: one.text, second: `the service network ${formatNetwork(other.network)}` },
            at(place, 'cluster-cidr'),
          ),
        ]
      : []
  const nodeOverlaps = members.flatMap((member) => {
    const subnet = parseIpv4Network(member.node.network.address ?? '')
    if (subnet === null) return []
    return named
      .filter(({ network }) => containsAddress(network, subnet.address))
      .map(({ text }) =>
        problem(
          'K3S_CIDR_OVERLAP',
          { first: text, second: `the address of \`${member.node.name}\`` },
          at(member.place, 'address'),
        ),
      )
  })
  return [...ownOverlap, ...nodeOverlaps, ...(pods === 'none' ? [] : checkCapacity(members.length, pods, k3s, place))]
}

/** The IPv4 network of a flag; `none` where it holds IPv6 alone, null where it holds no network. */
function readCidr(k3s: K3sSettings, flag: string, byDefault: string): Ipv4Network | 'none' | null {
  const value = k3s.serverConfig[flag]
  const texts = [value ?? byDefault].flat().flatMap((item) => String(item).split(','))
  const networks = texts.map((text) => {
    const [address = '', prefix = ''] = text.split('/')
    return isIPv6(address) && /^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= 128 ? 'none' : parseIpv4Network(text)
  })
  if (networks.includes(null)) return null
  return networks.find((network) => network !== 'none' && network !== null) ?? 'none'
}

function checkCapacity(count: number, pods: Ipv4Network, k3s: K3sSettings, place: Place): readonly Problem[] {
  const setsNodeMask = JSON.stringify(k3s.serverConfig['kube-controller-manager-arg'] ?? '').includes(
    'node-cidr-mask-size',
  )
  const capacity = 2 ** Math.max(0, NODE_PREFIX_LENGTH - pods.prefixLength)
  if (setsNodeMask || count <= capacity) return []
  return [warning('K3S_POD_CIDR_SMALL', { count, cidr: formatNetwork(pods), capacity }, at(place, 'cluster-cidr'))]
}

function bareAddress(address: string | null): string | null {
  return address?.split('/')[0] ?? null
}
