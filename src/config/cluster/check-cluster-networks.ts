import { isIPv6 } from 'node:net'
import { quote } from '../../errors/config/quote-value.ts'
import type { Problem } from '../../errors/problem.ts'
import type { K3sSettings } from '../../model/cluster.ts'
import { problem, warning } from '../../yaml-source/describe-problem.ts'
import { at, type Place } from '../../yaml-source/place.ts'
import {
  containsAddress,
  formatNetwork,
  type Ipv4Network,
  overlap,
  parseIpv4,
  parseIpv4Network,
} from '../network/ipv4.ts'
import type { PlacedNode } from '../nodes/make-nodes.ts'
import { oncePerRange } from '../nodes/once-per-range.ts'

interface NamedNetwork {
  readonly key: 'cluster-cidr' | 'service-cidr'
  readonly network: Ipv4Network
  /** The network as messages show it. */
  readonly text: string
}

// https://docs.k3s.io/cli/server#networking
const DEFAULT_POD_CIDR = '10.42.0.0/16'
const DEFAULT_SERVICE_CIDR = '10.43.0.0/16'
// Prefix length of the subnet that the controller manager gives each node from the pod network.
const NODE_PREFIX_LENGTH = 24

/**
 * Prefix lengths with which the processes of k3s start. Pods: the controller manager assigns at most 2^16 subnets
 * (kubernetes, pkg/controller/nodeipam/ipam/cidrset). Services: at most 2^20 addresses (cmd/kube-apiserver/app/options/validation.go);
 * the tenth is the cluster's DNS server.
 */
const prefixLimits = {
  'cluster-cidr': { least: NODE_PREFIX_LENGTH - 16, most: NODE_PREFIX_LENGTH },
  'service-cidr': { least: 12, most: 28 },
} as const

/** Checks the networks of pods and services. No address outside of the cluster may be in them. */
export function checkClusterNetworks(
  members: readonly PlacedNode[],
  k3s: K3sSettings,
  cluster: Place,
): readonly Problem[] {
  const place = at(cluster, 'k3s', 'serverConfig')
  const pods = readCidr(k3s, 'cluster-cidr', DEFAULT_POD_CIDR)
  const services = readCidr(k3s, 'service-cidr', DEFAULT_SERVICE_CIDR)
  const invalid = [
    ...(pods === null ? [problem('K3S_CIDR_INVALID', { key: 'cluster-cidr' }, at(place, 'cluster-cidr'))] : []),
    ...(services === null ? [problem('K3S_CIDR_INVALID', { key: 'service-cidr' }, at(place, 'service-cidr'))] : []),
  ]
  if (pods === null || services === null) return invalid
  const named: readonly NamedNetwork[] = [
    ...(pods === 'none' ? [] : [nameNetwork('cluster-cidr', pods, 'The pod network')]),
    ...(services === 'none' ? [] : [nameNetwork('service-cidr', services, 'The service network')]),
  ]
  return [
    ...named.flatMap((one) => checkSize(one, k3s, at(place, one.key))),
    ...checkOverlap(named, at(place, 'cluster-cidr')),
    ...oncePerRange(members.map((member) => checkNodeAddress(member, named))),
    ...checkOutsideAddresses(members, named),
    ...checkEndpointAddress(members, k3s, named, at(cluster, 'k3s', 'endpoint')),
    ...(pods === 'none' ? [] : checkCapacity(members.length, pods, k3s, place)),
  ]
}

function nameNetwork(key: NamedNetwork['key'], network: Ipv4Network, words: string): NamedNetwork {
  return { key, network, text: `${words} ${formatNetwork(network)}` }
}

function checkSize(
  { key, network: { prefixLength } }: NamedNetwork,
  k3s: K3sSettings,
  place: Place,
): readonly Problem[] {
  const { least, most } = prefixLimits[key]
  const isChosen = key === 'cluster-cidr' && setsNodeMask(k3s)
  if (isChosen || (least <= prefixLength && prefixLength <= most)) return []
  return [problem('K3S_CIDR_SIZE', { key, prefixLength, least, most }, place)]
}

function checkOverlap([one, other]: readonly NamedNetwork[], place: Place): readonly Problem[] {
  if (!one || !other || !overlap(one.network, other.network)) return []
  return [problem('K3S_CIDR_OVERLAP', { first: one.text, second: other.text.replace(/^T/, 't') }, place)]
}

function checkNodeAddress({ node, place }: PlacedNode, named: readonly NamedNetwork[]): readonly Problem[] {
  const address = parseIpv4Network(node.network.address ?? '')?.address ?? null
  return checkAddress(address, `the address of ${quote(node.name)}`, named, at(place, 'address'))
}

/**
 * Checks the servers that a node contacts (such as DNS and time servers). None may be in a network of the cluster: the node contacts them
 * before it has joined. Reports each address once.
 */
function checkOutsideAddresses(members: readonly PlacedNode[], named: readonly NamedNetwork[]): readonly Problem[] {
  const firsts = new Map<string, { readonly address: string; readonly place: Place }>()
  for (const { node, place } of members) {
    const { gateway, dns, ntp } = node.network
    const add = (words: string, address: string): void => {
      const text = `the ${words} ${quote(address)}`
      if (!firsts.has(text)) firsts.set(text, { address, place })
    }
    if (gateway !== null) add('gateway', gateway)
    for (const address of dns) add('DNS server', address)
    for (const address of ntp) add('time server', address)
  }
  return [...firsts].flatMap(([text, { address, place }]) => checkAddress(parseIpv4(address), text, named, place))
}

function checkEndpointAddress(
  members: readonly PlacedNode[],
  { endpoint }: K3sSettings,
  named: readonly NamedNetwork[],
  place: Place,
): readonly Problem[] {
  if (endpoint === null || members.length === 0) return []
  return checkAddress(parseIpv4(endpoint), `the endpoint ${quote(endpoint)}`, named, place)
}

function checkAddress(
  address: number | null,
  text: string,
  named: readonly NamedNetwork[],
  place: Place,
): readonly Problem[] {
  if (address === null) return []
  return named
    .filter(({ network }) => containsAddress(network, address))
    .map((one) => problem('K3S_CIDR_OVERLAP', { first: one.text, second: text }, place))
}

/** Reads the IPv4 network of a flag; `none` where the flag holds only IPv6, null where it holds no network. */
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
  const capacity = 2 ** Math.max(0, NODE_PREFIX_LENGTH - pods.prefixLength)
  if (setsNodeMask(k3s) || count <= capacity) return []
  return [warning('K3S_POD_CIDR_SMALL', { count, cidr: formatNetwork(pods), capacity }, at(place, 'cluster-cidr'))]
}

/** Says whether the user sets the size of each node's part of the pod network. */
function setsNodeMask(k3s: K3sSettings): boolean {
  return JSON.stringify(k3s.serverConfig['kube-controller-manager-arg'] ?? '').includes('node-cidr-mask-size')
}
