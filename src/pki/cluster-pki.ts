import { generateKeyPairSync } from 'node:crypto'
import type { KeyedCertificate, Validity } from './certificate-authority.ts'
import type { RandomBytes } from './random-bytes.ts'

/** The authorities of a cluster by the names of their files below `server/tls`: https://docs.k3s.io/cli/certificate */
export const authorityFiles = ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'] as const
export type AuthorityFile = (typeof authorityFiles)[number]

/** All keys that a cluster is founded with. */
export interface ClusterPki {
  /** Signs the authorities below, and stays at home: no node needs its key. */
  readonly root: KeyedCertificate
  readonly authorities: Readonly<Record<AuthorityFile, KeyedCertificate>>
  /** Signs the tokens of service accounts: RSA in PKCS #1, without a certificate. */
  readonly serviceKey: string
}

const DAY_MS = 86_400_000
/** The lives that k3s's own `generate-custom-ca-certs.sh` gives them. */
const ROOT_DAYS = 7300
const AUTHORITY_DAYS = 3700
/** Before any clock's wrong guess: where the chain does not count as valid yet, k3s takes another hash of it (pkg/clientaccess). */
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z')
const SERIAL_BYTES = 16

/** Makes the trust of a new cluster. https://github.com/k3s-io/k3s/blob/main/contrib/util/generate-custom-ca-certs.sh */
export async function makeClusterPki(now: Date, randomBytes: RandomBytes): Promise<ClusterPki> {
  // Loading it takes a quarter of a second, which only the first build of a cluster should pay.
  const { makeAuthority } = await import('./certificate-authority.ts')
  const stamp = Math.floor(now.getTime() / 1000)
  const request = (name: string, days: number) => ({
    subject: [{ type: 'CN', value: `${name}@${stamp}` }] as const,
    validity: validFrom(now, days),
    serialNumber: serial(randomBytes),
  })
  const root = await makeAuthority(request('k3s-root-ca', ROOT_DAYS), null)
  const authorities = await Promise.all(
    authorityFiles.map(
      async (file) =>
        [file, await makeAuthority(request(`k3s-${file.replace('/', '-')}`, AUTHORITY_DAYS), root)] as const,
    ),
  )
  const serviceKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  }) as string
  // All names of the list are there, since they were made from it.
  return { root, authorities: Object.fromEntries(authorities) as ClusterPki['authorities'], serviceKey }
}

/** What an administrator's certificate says of who bears it. */
export interface AdminIdentity {
  readonly name: string
  /** Kubernetes takes it for the name of a group. */
  readonly group: string
}

/**
 * The group that a cluster's everyday administrators are in; what it may do stands in a ClusterRoleBinding. A new generation locks out the bearers of
 * the certificates of the one before.
 */
export function adminGroup(clusterName: string, generation: number): string {
  return generation === 1 ? `${clusterName}:admins` : `${clusterName}:admins:${generation}`
}

/** Makes a certificate with which `kubectl` logs in. Kubernetes cannot revoke one: whoever bears it is let in for so many days. */
export async function issueAdminCertificate(
  { authorities }: ClusterPki,
  { name, group }: AdminIdentity,
  { now, days, randomBytes }: { readonly now: Date; readonly days: number; readonly randomBytes: RandomBytes },
): Promise<KeyedCertificate> {
  const { issueClientCertificate } = await import('./certificate-authority.ts')
  return issueClientCertificate(
    {
      subject: [
        { type: 'O', value: group },
        { type: 'CN', value: name },
      ],
      validity: validFrom(now, days),
      serialNumber: serial(randomBytes),
    },
    authorities['client-ca'],
  )
}

/** A certificate and the root behind it, as k3s wants the files of its authorities. */
export function bundleOf({ root }: ClusterPki, { certificate }: KeyedCertificate): string {
  return certificate + root.certificate
}

function validFrom(now: Date, days: number): Validity {
  const notAfter = new Date(now.getTime() + days * DAY_MS)
  // Certificates count whole seconds.
  notAfter.setUTCMilliseconds(0)
  return { notBefore: NOT_BEFORE, notAfter }
}

/** Positive and of full length: RFC 5280, section 4.1.2.2. */
function serial(randomBytes: RandomBytes): string {
  const bytes = Uint8Array.from(randomBytes(SERIAL_BYTES))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return Buffer.from(bytes).toString('hex')
}
