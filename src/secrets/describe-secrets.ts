import { type AuthorityFile, authorityFiles } from '../pki/cluster-pki.ts'
import { expiryOf } from '../pki/expiry.ts'
import { hashOfRoot } from '../pki/join-token.ts'
import type { SecretsFile } from './secrets-file.ts'

/** A secret without its value. */
export interface SecretDescription {
  readonly name: string
  readonly use: string
  /** Time at which it expires; null where it does not expire. */
  readonly expires: string | null
}

/** What the authorities of k3s sign: https://docs.k3s.io/cli/certificate */
const AUTHORITY_USES: Readonly<Record<AuthorityFile, string>> = {
  'server-ca': 'signs the certificates of servers and kubelets',
  'client-ca': 'signs the certificates of administrators and nodes',
  'request-header-ca': 'signs the certificate of the API aggregation layer',
  'etcd/peer-ca': 'signs the certificates of etcd members for each other',
  'etcd/server-ca': 'signs the certificates of etcd and its clients',
}

/** Lists the secrets of a secrets file, without values. */
export function describeSecrets({
  pki,
  adminKeyPair,
  adminCertificate,
  breakGlass,
  nodes,
}: SecretsFile): readonly SecretDescription[] {
  const lasting = (name: string, use: string): SecretDescription => ({ name, use, expires: null })
  const certified = (name: string, use: string, certificate: string): SecretDescription => ({
    name,
    use,
    expires: expiryOf(certificate).toISOString(),
  })
  return [
    lasting('server-token', 'servers join with it'),
    lasting('agent-token', 'agents join with it'),
    ...(adminKeyPair === undefined ? [] : [lasting('admin-key', 'SSH key of the admin user')]),
    certified(
      'root-ca',
      `root of the cluster's certificates, sha256 ${hashOfRoot(pki.root.certificate).slice(0, 16)}…`,
      pki.root.certificate,
    ),
    ...authorityFiles.map((file) => certified(file, AUTHORITY_USES[file], pki[file].certificate)),
    certified('admin-certificate', 'kubeconfig for every day', adminCertificate.certificate),
    certified('break-glass', 'kubeconfig that may do everything and cannot be taken back', breakGlass.certificate),
    ...Object.entries(nodes).flatMap(([name, { joinTokens = [] }]) => [
      lasting(`${name} host key`, 'SSH host key'),
      lasting(`${name} password`, 'by which k3s knows the node again'),
      ...joinTokens.map(({ id, expires }) => ({
        name: `${name} join token`,
        use: `lets the node join, id ${id}`,
        expires,
      })),
    ]),
  ]
}
