import type { NodeNetwork } from '../model/cluster.ts'

/** Makes the value of `network:` in version 2 of netplan's format. https://netplan.readthedocs.io/en/stable/netplan-yaml/ */
export function netplanConfig(network: NodeNetwork, psk: string | null): Readonly<Record<string, unknown>> {
  const kind = network.wifi === null ? 'ethernets' : 'wifis'
  return {
    version: 2,
    [kind]: { [network.interfaceName]: { ...match(network), ...addressing(network), ...wifi(network, psk) } },
  }
}

function match(network: NodeNetwork): Readonly<Record<string, unknown>> {
  // systemd-networkd matches Wi-Fi only by the name of the interface.
  if (network.mac === null || network.wifi !== null) return {}
  return { match: { macaddress: network.mac }, 'set-name': network.interfaceName }
}

function addressing(network: NodeNetwork): Readonly<Record<string, unknown>> {
  const nameservers = {
    ...(network.dns.length > 0 && { addresses: network.dns }),
    ...(network.searchDomains.length > 0 && { search: network.searchDomains }),
  }
  return {
    ...(network.address === null
      ? // By MAC, so that a node keeps its lease when it is flashed again: systemd's own identifier changes with each flash.
        { dhcp4: true, 'dhcp-identifier': 'mac' }
      : { dhcp4: false, addresses: [network.address] }),
    ...(network.address !== null && network.gateway !== null && { routes: [{ to: 'default', via: network.gateway }] }),
    ...(Object.keys(nameservers).length > 0 && { nameservers }),
    // First boot needs the network. Without a cable, systemd stops waiting after two minutes and continues the boot.
    optional: false,
  }
}

function wifi(network: NodeNetwork, psk: string | null): Readonly<Record<string, unknown>> {
  if (network.wifi === null) return {}
  const { ssid, country, hidden } = network.wifi
  const accessPoint = { ...(psk !== null && { password: psk }), ...(hidden && { hidden: true }) }
  return { 'regulatory-domain': country, 'access-points': { [ssid]: accessPoint } }
}
