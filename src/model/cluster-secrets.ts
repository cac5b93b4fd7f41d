import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import type { ClusterPki } from '../pki/cluster-pki.ts'
import type { Secret } from './secret.ts'

export interface SecretKeyPair {
  /** One line, as in authorized_keys. */
  readonly publicKey: string
  /** An OpenSSH private key file. */
  readonly privateKey: Secret
}

/** A token of a node's own that lets it join until it expires. */
export interface JoinToken {
  readonly id: string
  readonly secret: Secret
  readonly expires: Date
}

/** What is one node's alone, and outlives its card. */
export interface NodeSecrets {
  /** By which who logs in knows the machine again. */
  readonly hostKey: SecretKeyPair
  /** By which k3s knows a node again: /etc/rancher/node/password. */
  readonly password: Secret
  /** Its own, with which it may join; the last one is for its next image, those before have not expired yet. */
  readonly joinTokens: readonly JoinToken[]
}

/** What is made on first use, kept in `<cluster>.secrets.yaml` and reused afterwards. */
export interface ClusterSecrets {
  /** Password that servers join with. */
  readonly serverToken: Secret
  /** Password that agents join with. */
  readonly agentToken: Secret
  /** 16 characters of crypt(3), so that the same password gives the same hash in every build. */
  readonly passwordSalt: string
  /** Made where the user has no SSH key; null otherwise. */
  readonly adminKeyPair: SecretKeyPair | null
  readonly pki: Secret<ClusterPki>
  /** SHA-256 of the root certificate, in hex: what a join token says of its cluster. */
  readonly rootHash: string
  /** The group of the certificate below. */
  readonly adminGroup: string
  /** For every day; what it may do can be taken back. */
  readonly adminCertificate: Secret<KeyedCertificate>
  /** Lets its bearer do everything, for as long as it is valid. */
  readonly breakGlass: Secret<KeyedCertificate>
  /** By name; all nodes of the cluster file. */
  readonly nodes: ReadonlyMap<string, NodeSecrets>
}
