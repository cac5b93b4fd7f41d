import type { Problem } from '../../errors/problem.ts'
import { isWindowsDevice } from '../../text/is-windows-device.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import type { Place } from '../../yaml-source/place.ts'
import { isHostAddress, parseIpv4Network } from '../network/ipv4.ts'
import { NAME_PATTERN } from '../schema/settings-schema.ts'

/** Names that /etc/hosts or the DNS of the cluster uses for something else. */
const reservedNames = [
  'localhost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'broadcasthost',
  'kubernetes',
  'local',
]

const namePattern = new RegExp(NAME_PATTERN)

/** Checks the name of one node. It is used as host name, Kubernetes name, file name and part of addresses. */
export function checkNodeName(name: string, place: Place): readonly Problem[] {
  // A name of digits alone reads as an IPv4 address: `ping 12` asks 0.0.0.12.
  if (!namePattern.test(name) || /^[0-9]+$/.test(name)) return [problem('NODE_NAME_INVALID', { value: name }, place)]
  const reason = isReservedName(name) ? 'it already has a meaning on every node' : deviceReason(name)
  return reason === null ? [] : [problem('NODE_NAME_RESERVED', { name, reason }, place)]
}

/** Says whether every node already uses a name for something else, such as `localhost`. */
export function isReservedName(name: string): boolean {
  return reservedNames.includes(name)
}

function deviceReason(name: string): string | null {
  return isWindowsDevice(name) ? 'Windows keeps it for a device, so no image could be a file of that name' : null
}

/** Reads the address of one node, in CIDR notation; null where a host cannot have it. */
export function parseNodeAddress(text: string, place: Place): Checked<string | null> {
  const reason = addressReason(text)
  return reason === null
    ? { value: text, problems: [] }
    : { value: null, problems: [problem('NODE_ADDRESS_INVALID', { value: text, reason }, place)] }
}

/** Reads a MAC address, with colons or hyphens, and returns it in lower case with colons. */
export function parseMac(text: string, place: Place): Checked<string | null> {
  const mac = text.toLowerCase().replaceAll('-', ':')
  const reason = macReason(mac)
  return reason === null
    ? { value: mac, problems: [] }
    : { value: null, problems: [problem('NODE_MAC_INVALID', { value: text, reason }, place)] }
}

function addressReason(text: string): string | null {
  const network = parseIpv4Network(text)
  if (network === null) return 'it is not an IPv4 address with the length of its prefix'
  const firstOctet = Math.floor(network.address / 2 ** 24)
  if (firstOctet === 0 || firstOctet === 127 || firstOctet >= 224) return 'addresses of this range are not for hosts'
  if (network.prefixLength < 8 || network.prefixLength > 31) return 'the length of the prefix is not between 8 and 31'
  return isHostAddress(network)
    ? null
    : 'it is the first or last of its subnet, which name the subnet itself and all its hosts'
}

function macReason(mac: string): string | null {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return 'it is not six pairs of hexadecimal digits'
  if (mac === '00:00:00:00:00:00') return 'it is empty'
  // IEEE 802: the lowest bit of the first octet marks a group of stations.
  return parseInt(mac.slice(0, 2), 16) % 2 === 1 ? 'it is a multicast address' : null
}
