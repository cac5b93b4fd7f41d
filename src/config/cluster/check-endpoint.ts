import { isIPv6 } from 'node:net'
import { quote } from '../../errors/config/quote-value.ts'
import type { Problem } from '../../errors/problem.ts'
import { bareAddress } from '../../model/bare-address.ts'
import type { K3sSettings } from '../../model/cluster.ts'
import { problem } from '../../yaml-source/describe-problem.ts'
import type { Place } from '../../yaml-source/place.ts'
import { containsAddress, parseIpv4, parseIpv4Network } from '../network/ipv4.ts'
import { isReservedName } from '../nodes/check-node-identity.ts'
import type { PlacedNode } from '../nodes/make-nodes.ts'

/** Networks whose addresses name this machine or many machines, but no single other one (RFC 6890). */
const ownNetworks = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'].flatMap((text) => parseIpv4Network(text) ?? [])

/** The same for IPv6 (RFC 4291), spelled as in URLs: unspecified, loopback, loopback as IPv4, multicast. */
const OWN_IPV6 = /^\[(::1?|::ffff:7f[0-9a-f]{2}:.*|ff[0-9a-f]{2}:.*)\]$/

/** Checks that every node can reach the servers, or a load balancer before them, at the endpoint. */
export function checkEndpoint(members: readonly PlacedNode[], k3s: K3sSettings, place: Place): readonly Problem[] {
  const endpoint = k3s.endpoint?.toLowerCase() ?? null
  if (endpoint === null) return []
  const reason = isSelf(endpoint) ? 'it names no machine, or each node itself' : agentReason(endpoint, members)
  return reason === null ? [] : [problem('K3S_ENDPOINT_UNREACHABLE', { value: endpoint, reason }, place)]
}

function isSelf(endpoint: string): boolean {
  const address = parseIpv4(endpoint)
  if (address !== null) return ownNetworks.some((network) => containsAddress(network, address))
  // An IPv6 address has many spellings; URL writes only one of them. URL refuses a zone, which another check reports.
  if (isIPv6(endpoint))
    return URL.canParse(`http://[${endpoint}]`) && OWN_IPV6.test(new URL(`http://[${endpoint}]`).hostname)
  return isReservedName(endpoint) || endpoint.endsWith('.localhost')
}

function agentReason(endpoint: string, members: readonly PlacedNode[]): string | null {
  const agent = members.find(
    ({ node }) => node.role === 'agent' && [node.name, `${node.name}.local`, bareAddress(node)].includes(endpoint),
  )
  return agent === undefined ? null : `${quote(agent.node.name)} is an agent`
}
