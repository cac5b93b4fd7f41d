import { isIP } from 'node:net'

const DNS_LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/i

/** Says whether a text is an IP address or a DNS name, without port and scheme. */
export function isHost(text: string): boolean {
  return isAddress(text) || isDnsName(text)
}

/** Says whether a text is an IP address. A zone (`fe80::1%eth0`) is refused: it names an interface of one machine only. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%')
}

/** Says whether a text is a DNS name (RFC 1123). A name whose last label is a number is refused, because it is a mistyped address. */
export function isDnsName(text: string): boolean {
  const labels = text.split('.')
  return text.length <= 253 && labels.every((label) => DNS_LABEL.test(label)) && !/^[0-9]+$/.test(labels.at(-1) ?? '')
}
