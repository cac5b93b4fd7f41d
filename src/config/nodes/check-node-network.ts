import type { Problem } from '../../errors/problem.ts'
import type { ClusterNode } from '../../model/cluster.ts'
import { problem, warning } from '../../yaml-source/describe-problem.ts'
import { at, type Place } from '../../yaml-source/place.ts'
import { containsAddress, isHostAddress, parseIpv4, parseIpv4Network } from '../network/ipv4.ts'
import type { NetworkSettings } from '../settings/settings.ts'

/** Checks that the parts of a node's network fit each other. They may come from different layers; `said` is what the layers set. */
export function checkNodeNetwork(node: ClusterNode, said: NetworkSettings, entry: Place): readonly Problem[] {
  return [...checkInterface(node, entry), ...checkFixedAddress(node, said, entry)]
}

/**
 * Checks the kind of interface by its name. systemd names wired ones `eth0`, `end0`, `enp1s0`, and Wi-Fi ones `wlan0`, `wlp1s0`:
 * systemd.net-naming-scheme(7).
 */
function checkInterface({ name, network }: ClusterNode, entry: Place): readonly Problem[] {
  const facts = { node: name, interfaceName: network.interfaceName }
  if (network.wifi !== null && /^e(n|th)/.test(network.interfaceName))
    return [problem('NETWORK_WIFI_INTERFACE', facts, entry)]
  if (network.wifi === null && network.interfaceName.startsWith('wl'))
    return [warning('NETWORK_WIFI_UNSAID', facts, entry)]
  return []
}

function checkFixedAddress({ name, network }: ClusterNode, said: NetworkSettings, entry: Place): readonly Problem[] {
  const { address, gateway, dns } = network
  const subnet = address === null ? null : parseIpv4Network(address)
  // With DHCP the gateway and the DNS servers come from the router.
  if (address === null || subnet === null) return []
  const place = at(entry, 'address')
  const dnsProblems = dns.length === 0 ? [warning('NETWORK_DNS_MISSING', { node: name }, place)] : []
  // The user wrote null: there is no gateway.
  if (said.gateway === undefined) return [...dnsProblems, warning('NETWORK_GATEWAY_UNSAID', { node: name }, place)]
  const router = gateway === null ? null : parseIpv4(gateway)
  if (gateway === null || router === null) return dnsProblems
  if (router === subnet.address)
    return [...dnsProblems, problem('NETWORK_GATEWAY_IS_NODE', { node: name, gateway }, place)]
  if (containsAddress(subnet, router) && isHostAddress({ ...subnet, address: router })) return dnsProblems
  return [...dnsProblems, problem('NETWORK_GATEWAY_OUTSIDE', { gateway, address }, place)]
}
