import { createHash, X509Certificate } from 'node:crypto'

/** The user name in a token. Servers and agents have different passwords. */
export type TokenUser = 'server' | 'node'

/**
 * Returns the SHA-256 of the root certificate, in hex. k3s compares it with the root of the chain that a server sends: pkg/clientaccess,
 * `hashCA`.
 */
export function hashOfRoot(rootCertificate: string): string {
  return createHash('sha256').update(new X509Certificate(rootCertificate).raw).digest('hex')
}

/** Formats a token that joins only the cluster with this root. https://docs.k3s.io/cli/token#secure */
export function formatJoinToken(rootHash: string, user: TokenUser, password: string): string {
  return `K10${rootHash}::${user}:${password}`
}

/** Formats a token that expires, as `k3s token create` makes it. https://docs.k3s.io/cli/token#bootstrap */
export function formatBootstrapToken(rootHash: string, id: string, secret: string): string {
  return `K10${rootHash}::${id}.${secret}`
}
