import type { ErrorEntry } from '../error-entry.ts'
import { quote } from './quote-value.ts'

export const nodeErrors = {
  NODE_NAME_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} cannot be the name of a node.`,
    hint: 'Use 1 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit, and not digits alone.',
    example: { value: 'Server-1' },
  },
  NODE_NAME_RESERVED: {
    kind: 'input',
    message: (d: { name: string; reason: string }) => `${quote(d.name)} cannot be the name of a node: ${d.reason}.`,
    hint: 'Choose another name.',
    example: { name: 'localhost', reason: 'it already has a meaning on every node' },
  },
  NODE_NAME_DUPLICATE: {
    kind: 'input',
    message: (d: { name: string; firstLine: number | null }) =>
      `There are two nodes ${quote(d.name)}${d.firstLine === null ? '' : `; the first is on line ${d.firstLine}`}.`,
    hint: 'Give each node a different name; upper and lower case count as the same.',
    example: { name: 'worker-1', firstLine: 4 },
  },
  NODE_RANGE_INVALID: {
    kind: 'input',
    message: (d: { value: string; reason: string }) =>
      `The range in ${quote(d.value)} cannot be expanded: ${d.reason}.`,
    hint: 'Write one range with the smaller number first, such as `worker-[1-12]` or `worker-[01-12]`.',
    example: { value: 'worker-[1-]', reason: 'it is not one pair of numbers in brackets with a hyphen between them' },
  },
  NODE_RANGE_MISMATCH: {
    kind: 'input',
    message: (d: { key: string; count: number; nameCount: number }) =>
      `${quote(d.key)} gives ${d.count} value${d.count === 1 ? '' : 's'}, and \`name\` gives ${d.nameCount} node${d.nameCount === 1 ? '' : 's'}.`,
    hint: 'Use ranges of equal length in both. In `mac` a range counts in hexadecimal: [01-0a] has ten values.',
    example: { key: 'address', count: 2, nameCount: 3 },
  },
  NODE_ADDRESS_INVALID: {
    kind: 'input',
    message: (d: { value: string; reason: string }) =>
      `${quote(d.value)} cannot be the address of a node: ${d.reason}.`,
    hint: 'Write an IPv4 address with the length of its network prefix, such as `192.168.1.10/24`; leave it out for DHCP.',
    example: { value: '192.168.1.10', reason: 'it is not an IPv4 address with the length of its prefix' },
  },
  NODE_ADDRESS_DUPLICATE: {
    kind: 'input',
    message: (d: { address: string; node: string; firstNode: string }) =>
      `${quote(d.node)} and ${quote(d.firstNode)} have the same address ${d.address}.`,
    hint: 'Give each node a different address.',
    example: { address: '192.168.1.10', node: 'worker-1', firstNode: 'server-1' },
  },
  NODE_MAC_INVALID: {
    kind: 'input',
    message: (d: { value: string; reason: string }) =>
      `${quote(d.value)} is not the MAC address of a network interface: ${d.reason}.`,
    hint: 'Write six pairs of hexadecimal digits, such as `dc:a6:32:01:02:03`; `ip link` shows it.',
    example: { value: 'dc:a6:32:00:00', reason: 'it is not six pairs of hexadecimal digits' },
  },
  NODE_MAC_DUPLICATE: {
    kind: 'input',
    message: (d: { mac: string; node: string; firstNode: string }) =>
      `${quote(d.node)} and ${quote(d.firstNode)} have the same MAC address ${d.mac}.`,
    hint: 'Give each node the MAC address of its board.',
    example: { mac: 'dc:a6:32:00:00:01', node: 'worker-1', firstNode: 'server-1' },
  },
  NODE_BOARD_SMALL: {
    kind: 'input',
    severity: 'warning',
    message: (d: { node: string; board: string }) =>
      `The board ${d.board} of ${quote(d.node)} has 1 GB of memory or less; a k3s server needs 2 GB.`,
    hint: 'Use a pi4 or pi5 as server, and the smaller board as worker.',
    example: { node: 'server-1', board: 'pi3' },
  },
} as const satisfies Record<string, ErrorEntry>

export const networkErrors = {
  NETWORK_INTERFACE_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} cannot be the name of a network interface.`,
    hint: 'Use the name that `ip link` shows, such as `eth0` or `wlan0`; it has at most 15 characters.',
    example: { value: 'eth0; reboot' },
  },
  NETWORK_GATEWAY_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not the address of a gateway.`,
    hint: 'Write one IPv4 address without prefix length, such as `192.168.1.1`.',
    example: { value: '192.168.1.1/24' },
  },
  NETWORK_GATEWAY_OUTSIDE: {
    kind: 'input',
    message: (d: { gateway: string; address: string }) =>
      `The gateway ${d.gateway} is not a neighbour of ${d.address}.`,
    hint: 'Correct the address, its prefix length or the gateway, so that both are hosts of one subnet.',
    example: { gateway: '192.168.2.1', address: '192.168.1.10/24' },
  },
  NETWORK_GATEWAY_IS_NODE: {
    kind: 'input',
    message: (d: { node: string; gateway: string }) =>
      `${quote(d.node)} would be its own gateway: ${d.gateway} is its address.`,
    hint: 'Correct the address or the gateway.',
    example: { node: 'server-1', gateway: '192.168.1.1' },
  },
  NETWORK_GATEWAY_MISSING: {
    kind: 'input',
    message: (d: { node: string; target: string }) =>
      `${quote(d.node)} cannot reach ${d.target}: it is in another subnet and the node has no gateway.`,
    hint: 'Set `network.gateway`, or use addresses of one subnet.',
    example: { node: 'worker-1', target: 'the server `server-1`' },
  },
  NETWORK_GATEWAY_UNSAID: {
    kind: 'input',
    severity: 'warning',
    message: (d: { node: string }) =>
      `${quote(d.node)} has a fixed address and no gateway, so it reaches nothing outside its subnet.`,
    hint: 'Set `network.gateway` to the address of your router, or to null where there is none.',
    example: { node: 'server-1' },
  },
  NETWORK_WIFI_INTERFACE: {
    kind: 'input',
    message: (d: { node: string; interfaceName: string }) =>
      `${quote(d.node)} has Wi-Fi, and ${quote(d.interfaceName)} is the name of an interface with a cable.`,
    hint: 'Leave `network.interface` out beside `wifi`, or set it to `wlan0`; `wifi: null` removes an inherited Wi-Fi.',
    example: { node: 'server-1', interfaceName: 'eth0' },
  },
  NETWORK_WIFI_UNSAID: {
    kind: 'input',
    severity: 'warning',
    message: (d: { node: string; interfaceName: string }) =>
      `${quote(d.node)} uses ${quote(d.interfaceName)}, the name of a radio, and no Wi-Fi is set.`,
    hint: 'Set `network.wifi`, or leave `network.interface` out.',
    example: { node: 'server-1', interfaceName: 'wlan0' },
  },
  NETWORK_DNS_MISSING: {
    kind: 'input',
    severity: 'warning',
    message: (d: { node: string }) =>
      `${quote(d.node)} has a fixed address and no DNS server, so it finds no host names.`,
    hint: 'Set `network.dns`, such as the address of your router.',
    example: { node: 'server-1' },
  },
  NETWORK_SERVER_INVALID: {
    kind: 'input',
    message: (d: { key: string; value: string }) => `${quote(d.value)} is not allowed in \`network.${d.key}\`.`,
    hint: (d: { key: string }) =>
      d.key === 'dns' ? 'Write addresses, such as `192.168.1.1`.' : 'Write host names or addresses without port.',
    example: { key: 'dns', value: 'router.example' },
  },
  NETWORK_WIFI_SSID_INVALID: {
    kind: 'input',
    message: () => 'The `ssid` of the Wi-Fi is not 1 to 32 bytes of text.',
    hint: 'Write the name of the network as the access point sends it.',
    example: undefined,
  },
  NETWORK_WIFI_PASSWORD_INVALID: {
    kind: 'input',
    message: () => 'The Wi-Fi password is not a WPA passphrase.',
    hint: 'A passphrase has 8 to 63 ASCII characters (or is a key of 64 hexadecimal digits); leave `password` out for an open network.',
    example: undefined,
  },
  NETWORK_WIFI_COUNTRY_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not a country code.`,
    hint: 'Use the two capital letters of ISO 3166-1, such as `GB`; they decide which radio channels are allowed.',
    example: { value: 'gb' },
  },
} as const satisfies Record<string, ErrorEntry>
