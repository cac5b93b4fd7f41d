import { isIPv4 } from 'node:net'
import type { Forward } from './private-link.ts'

/** A network that `isLinkNetwork` accepts, in words. */
export const LINK_NETWORK = 'a network such as 10.0.2.0/24'

/** .2 is the link's router and .3 its name server. Its DHCP server assigns .100 and above. */
const FIRST_FORWARD = 4
const LAST_FORWARD = 99

const LAST_PORT = 65_535

/**
 * Whether a value is a network for the private link: a /24, because QEMU's router chooses addresses by their last byte. The text becomes a
 * part of a QEMU parameter, where anything after a comma would be another option, such as one that opens the link.
 */
export function isLinkNetwork(value: unknown): value is string {
  return typeof value === 'string' && /^(\d{1,3}\.){3}0\/24$/.test(value) && isIPv4(value.replace('/24', ''))
}

/** Whether a value is a forward of this network. Its parts become a QEMU parameter too. */
export function isForward(value: unknown, network: string): value is Forward {
  if (typeof value !== 'object' || value === null) return false
  const { address, port, hostPort }: { address?: unknown; port?: unknown; hostPort?: unknown } = value
  return isForwardAddress(address, network) && isPort(port) && isPort(hostPort)
}

/** The addresses of a network that a forward may have, in words. */
export function forwardAddresses(network: string): string {
  return `an address from .${FIRST_FORWARD} to .${LAST_FORWARD} in ${network}`
}

function isForwardAddress(value: unknown, network: string): boolean {
  if (typeof value !== 'string' || !isIPv4(value)) return false
  const end = value.lastIndexOf('.') + 1
  const last = Number(value.slice(end))
  return network === `${value.slice(0, end)}0/24` && last >= FIRST_FORWARD && last <= LAST_FORWARD
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LAST_PORT
}
