import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import type { ClusterPki } from '../pki/cluster-pki.ts'
import type { Secret } from './secret.ts'

export interface SecretKeyPair {
  /** One line, as in authorized_keys. */
  readonly publicKey: string
  /** An OpenSSH private key file. */
  readonly privateKey: Secret
}

/** A join token of one node. It is valid until it expires. */
export interface JoinToken {
  readonly id: string
  readonly secret: Secret
  readonly expires: Date
}

/** What a build says of a certificate authority. */
export interface AuthorityState {
  /** Name of its file below `server/tls`, or `root`. */
  readonly name: string
  readonly expires: Date
  /** True if its file holds the root, though it need not: programs that read it accept the clients of every authority. */
  readonly trustsAll: boolean
}

/** Secrets of one node. They stay the same when its card is flashed again. */
export interface NodeSecrets {
  /** SSH host key, by which clients recognize the node. */
  readonly hostKey: SecretKeyPair
  /** Public halves of replaced host keys, each one line. A node has one of them until it gets the new key. */
  readonly previousHostKeys: readonly string[]
  /** Password by which k3s recognizes the node: /etc/rancher/node/password. */
  readonly password: Secret
  /** Join tokens of this node. The last one is for its next image. The earlier ones have not expired yet. */
  readonly joinTokens: readonly JoinToken[]
}

/** Secrets of a cluster. bantam makes them on first use, stores them in `<cluster>.secrets.yaml`, and reuses them afterwards. */
export interface ClusterSecrets {
  /** Password that servers join with. */
  readonly serverToken: Secret
  /** Password that agents join with. */
  readonly agentToken: Secret
  /** Salt of crypt(3), 16 characters. With it, the same password gives the same hash in every build. */
  readonly passwordSalt: string
  /** Made where the user has no SSH key; null otherwise. */
  readonly adminKeyPair: SecretKeyPair | null
  /** Replaced key pairs of the admin, the newest first. Running nodes accept one of them until they get the new one. */
  readonly previousAdminKeys: readonly SecretKeyPair[]
  readonly pki: Secret<ClusterPki>
  readonly authorities: readonly AuthorityState[]
  /** SHA-256 of the root certificate, in hex. A join token identifies its cluster by it. */
  readonly rootHash: string
  /** The group of the certificate below. */
  readonly adminGroup: string
  /** For everyday use. Its rights can be revoked. */
  readonly adminCertificate: Secret<KeyedCertificate>
  /** Grants every right until it expires. */
  readonly breakGlass: Secret<KeyedCertificate>
  /** All nodes of the cluster file, by name. */
  readonly nodes: ReadonlyMap<string, NodeSecrets>
}
