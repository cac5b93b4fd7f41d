import { generateKeyPairSync } from 'node:crypto'
import { unreachable } from '../errors.ts'
import type { KeyedCertificate, Validity } from './certificate-authority.ts'
import type { RandomBytes } from './random-bytes.ts'

/** The authorities of a cluster by the names of their files below `server/tls`: https://docs.k3s.io/cli/certificate */
export const authorityFiles = ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'] as const
export type AuthorityFile = (typeof authorityFiles)[number]

/** The authorities that need no root in their file. Nodes compare the root of `server-ca` with the hash in their token. */
export const rootlessAuthorities: readonly AuthorityFile[] = authorityFiles.filter((file) => file !== 'server-ca')

/** A certificate authority, and what its file below `server/tls` holds. Every program that reads the file trusts each certificate in it. */
export interface Authority extends KeyedCertificate {
  /**
   * - `alone`: the certificate.
   * - `twice`: the certificate and itself, as in a running cluster that gave up the root: `k3s certificate rotate-ca` refuses a single one.
   * - left out: the certificate and the root. If the root signs other authorities, their certificates are trusted too.
   */
  readonly content?: 'alone' | 'twice'
}

/** All keys with which a cluster is initialized. */
export interface ClusterPki {
  /** Signs `server-ca`, and in clusters of earlier versions the other authorities. Its key is on no node, because no node needs it. */
  readonly root: KeyedCertificate
  readonly authorities: Readonly<Record<AuthorityFile, Authority>>
  /** Signs the tokens of service accounts: RSA in PKCS #1, without a certificate. */
  readonly serviceKey: string
}

const DAY_MS = 86_400_000
/** Lifetimes as in k3s's `generate-custom-ca-certs.sh`. */
const ROOT_DAYS = 7300
const AUTHORITY_DAYS = 3700
/** Earlier than any clock that is wrong. If the chain is not valid yet, k3s computes a different hash of it (pkg/clientaccess). */
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z')
const SERIAL_BYTES = 16

/**
 * Makes the PKI of a new cluster. Only `server-ca` has a root, whose hash is in the tokens. Each other authority signs itself: a root of two
 * authorities would let the clients of one into the programs that trust the other. https://github.com/k3s-io/k3s/blob/main/contrib/util/generate-custom-ca-certs.sh */
export async function makeClusterPki(now: Date, randomBytes: RandomBytes): Promise<ClusterPki> {
  // Loading it takes a quarter of a second. Only the first build of a cluster needs it.
  const { makeAuthority } = await import('./certificate-authority.ts')
  const stamp = Math.floor(now.getTime() / 1000)
  const request = (name: string, days: number) => ({
    subject: [{ type: 'CN', value: `${name}@${stamp}` }] as const,
    validity: validFrom(now, days),
    serialNumber: serial(randomBytes),
  })
  const root = await makeAuthority(request('k3s-root-ca', ROOT_DAYS), null)
  const authorities = await Promise.all(
    authorityFiles.map(async (file): Promise<[AuthorityFile, Authority]> => {
      const wanted = request(`k3s-${file.replace('/', '-')}`, AUTHORITY_DAYS)
      return [
        file,
        rootlessAuthorities.includes(file)
          ? { ...(await makeAuthority(wanted, null)), content: 'alone' }
          : await makeAuthority(wanted, root),
      ]
    }),
  )
  const serviceKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  }) as string
  // The object has all names of the list, because it was made from the list.
  return { root, authorities: Object.fromEntries(authorities) as ClusterPki['authorities'], serviceKey }
}

/** The user name and group in an administrator's certificate. */
export interface AdminIdentity {
  readonly name: string
  /** Kubernetes uses it as the name of a group. */
  readonly group: string
}

/**
 * Names the group of a cluster's everyday administrators. A ClusterRoleBinding gives it its rights. With a new generation, certificates of
 * the earlier one lose their rights.
 */
export function adminGroup(clusterName: string, generation: number): string {
  return generation === 1 ? `${clusterName}:admins` : `${clusterName}:admins:${generation}`
}

/** Makes a certificate with which `kubectl` logs in. Kubernetes cannot revoke certificates: this one is valid until it expires. */
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

/** Returns the text of the file of an authority below `server/tls`. */
export function formatAuthority({ root, authorities }: ClusterPki, file: AuthorityFile): string {
  const { certificate, content } = authorities[file]
  switch (content) {
    case undefined:
      return certificate + root.certificate
    case 'alone':
      return certificate
    case 'twice':
      return certificate + certificate
    default:
      throw unreachable(content)
  }
}

function validFrom(now: Date, days: number): Validity {
  const notAfter = new Date(now.getTime() + days * DAY_MS)
  // Certificates count whole seconds.
  notAfter.setUTCMilliseconds(0)
  return { notBefore: NOT_BEFORE, notAfter }
}

/** Makes a serial number that is positive and has the full length: RFC 5280, section 4.1.2.2. */
function serial(randomBytes: RandomBytes): string {
  const bytes = Uint8Array.from(randomBytes(SERIAL_BYTES))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return Buffer.from(bytes).toString('hex')
}
