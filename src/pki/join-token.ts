import { createHash, X509Certificate } from 'node:crypto'

/** Who joins with a token: servers and agents have passwords of their own. */
export type TokenUser = 'server' | 'node'

/** SHA-256 of the root certificate, in hex: what k3s compares with the root of the chain that a server shows. pkg/clientaccess, `hashCA`. */
export function hashOfRoot(rootCertificate: string): string {
  return createHash('sha256').update(new X509Certificate(rootCertificate).raw).digest('hex')
}

/** A token that joins no cluster but the one with this root. https://docs.k3s.io/cli/token#secure */
export function formatJoinToken(rootHash: string, user: TokenUser, password: string): string {
  return `K10${rootHash}::${user}:${password}`
}

/** A token that expires, of the kind that `k3s token create` makes. https://docs.k3s.io/cli/token#bootstrap */
export function formatBootstrapToken(rootHash: string, id: string, secret: string): string {
  return `K10${rootHash}::${id}.${secret}`
}
