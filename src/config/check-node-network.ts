import type { ClusterNode } from '../model/cluster.ts'
import type { Problem } from '../model/problem.ts'
import { problem, warning } from './describe-problem.ts'
import { containsAddress, isHostAddress, parseIpv4, parseIpv4Network } from './ipv4.ts'
import { at, type Place } from './place.ts'

/** Checks that the parts of a node's network, which may come from different layers, fit each other. */
export function checkNodeNetwork(node: ClusterNode, entry: Place): readonly Problem[] {
  const { address, gateway, dns } = node.network
  const subnet = address === null ? null : parseIpv4Network(address)
  // With DHCP the gateway and the DNS servers come from the router.
  if (address === null || subnet === null) return []
  const dnsProblems =
    dns.length === 0 ? [warning('NETWORK_DNS_MISSING', { node: node.name }, at(entry, 'address'))] : []
  const router = gateway === null ? null : parseIpv4(gateway)
  if (gateway === null || router === null) return dnsProblems
  if (router === subnet.address)
    return [...dnsProblems, problem('NETWORK_GATEWAY_IS_NODE', { node: node.name, gateway }, at(entry, 'address'))]
  if (containsAddress(subnet, router) && isHostAddress({ ...subnet, address: router })) return dnsProblems
  return [...dnsProblems, problem('NETWORK_GATEWAY_OUTSIDE', { gateway, address }, at(entry, 'address'))]
}
