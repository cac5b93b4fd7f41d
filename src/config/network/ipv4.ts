/** IPv4 networks in CIDR notation (RFC 4632). Addresses are numbers from 0 to 2³² − 1. */
export interface Ipv4Network {
  readonly address: number
  readonly prefixLength: number
}

const OCTET = /^(0|[1-9][0-9]{0,2})$/

/** Reads dotted decimals; null for anything else, leading zeros included, since some programs read those as octal. */
export function parseIpv4(text: string): number | null {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return null
  return octets.reduce((address, octet) => address * 256 + Number(octet), 0)
}

/** Reads an address with prefix length, such as `192.168.1.10/24`; null for anything else. */
export function parseIpv4Network(text: string): Ipv4Network | null {
  const [addressText = '', prefixText = '', ...rest] = text.split('/')
  const address = parseIpv4(addressText)
  const prefixLength = OCTET.test(prefixText) ? Number(prefixText) : NaN
  return address === null || rest.length > 0 || !(prefixLength <= 32) ? null : { address, prefixLength }
}

/** Gives the network's first address, where all host bits are zero. */
export function firstAddress({ address, prefixLength }: Ipv4Network): number {
  return address - (address % addressCount(prefixLength))
}

/** Gives the network's last address, where all host bits are one. */
export function lastAddress(network: Ipv4Network): number {
  return firstAddress(network) + addressCount(network.prefixLength) - 1
}

/** Says whether an address lies in a network. */
export function containsAddress(network: Ipv4Network, address: number): boolean {
  return firstAddress(network) <= address && address <= lastAddress(network)
}

/** Says whether two networks share an address. */
export function overlap(one: Ipv4Network, other: Ipv4Network): boolean {
  return firstAddress(one) <= lastAddress(other) && firstAddress(other) <= lastAddress(one)
}

/** Says whether a host can bear the address: neither the network's own nor its broadcast address (RFC 3021 exempts /31). */
export function isHostAddress(network: Ipv4Network): boolean {
  if (network.prefixLength >= 31) return true
  return network.address !== firstAddress(network) && network.address !== lastAddress(network)
}

/** Writes a network with its host bits cleared. */
export function formatNetwork(network: Ipv4Network): string {
  const first = firstAddress(network)
  const octets = [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(first / unit) % 256)
  return `${octets.join('.')}/${network.prefixLength}`
}

function addressCount(prefixLength: number): number {
  return 2 ** (32 - prefixLength)
}
