/** IPv4 networks in CIDR notation (RFC 4632). Addresses are numbers from 0 to 2³² − 1. */
export interface Ipv4Network {
  readonly address: number
  readonly prefixLength: number
}

const OCTET = /^(0|[1-9][0-9]{0,2})$/

/** Reads dotted decimals; null for anything else. Leading zeros are refused, because some programs read them as octal. */
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

/** Returns the network's first address: all host bits are zero. */
export function firstAddress({ address, prefixLength }: Ipv4Network): number {
  return address - (address % addressCount(prefixLength))
}

/** Returns the network's last address: all host bits are one. */
export function lastAddress(network: Ipv4Network): number {
  return firstAddress(network) + addressCount(network.prefixLength) - 1
}

/** Says whether an address is in a network. */
export function containsAddress(network: Ipv4Network, address: number): boolean {
  return firstAddress(network) <= address && address <= lastAddress(network)
}

/** Says whether two networks have an address in common. */
export function overlap(one: Ipv4Network, other: Ipv4Network): boolean {
  return firstAddress(one) <= lastAddress(other) && firstAddress(other) <= lastAddress(one)
}

/** Says whether a host can have the address: it is neither the network address nor the broadcast address (RFC 3021 exempts /31). */
export function isHostAddress(network: Ipv4Network): boolean {
  if (network.prefixLength >= 31) return true
  return network.address !== firstAddress(network) && network.address !== lastAddress(network)
}

/** Writes a network in CIDR notation, with its host bits cleared. */
export function formatNetwork(network: Ipv4Network): string {
  const first = firstAddress(network)
  const octets = [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(first / unit) % 256)
  return `${octets.join('.')}/${network.prefixLength}`
}

function addressCount(prefixLength: number): number {
  return 2 ** (32 - prefixLength)
}
