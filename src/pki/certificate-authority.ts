// This import must come first: without it, @peculiar/x509 throws while it loads.
import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate with its private key, both in PEM. */
export interface KeyedCertificate {
  readonly certificate: string
  /** SEC 1 (`EC PRIVATE KEY`), as k3s writes keys. */
  readonly key: string
}

/** Relative distinguished names, from general to specific: RFC 5280, section 4.1.2.4. */
export type DistinguishedName = readonly { readonly type: 'O' | 'CN'; readonly value: string }[]

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface CertificateRequest {
  readonly subject: DistinguishedName
  readonly validity: Validity
  /** Hex digits. Unique among the certificates of an issuer. */
  readonly serialNumber: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
// The library's flags are members of an enum, but the sum of several flags is no member. A number takes the sum.
const CLIENT_USAGE = (KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment) as KeyUsageFlags
const AUTHORITY_USAGE = (CLIENT_USAGE | KeyUsageFlags.keyCertSign) as KeyUsageFlags

/** Makes a certificate authority: a self-signed root, or one that `issuer` signs. RFC 5280, section 4.2.1. */
export async function makeAuthority(
  request: CertificateRequest,
  issuer: KeyedCertificate | null,
): Promise<KeyedCertificate> {
  return issue(request, issuer, [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(AUTHORITY_USAGE, true),
  ])
}

/** Makes the certificate of a client, such as `kubectl`. */
export async function issueClientCertificate(
  request: CertificateRequest,
  issuer: KeyedCertificate,
): Promise<KeyedCertificate> {
  return issue(request, issuer, [
    new KeyUsagesExtension(CLIENT_USAGE, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ])
}

async function issue(
  { subject, validity, serialNumber }: CertificateRequest,
  issuer: KeyedCertificate | null,
  extensions: readonly Extension[],
): Promise<KeyedCertificate> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = await importPublicKey(privateKey)
  const issuerKey = issuer === null ? privateKey : createPrivateKey(issuer.key)
  const names = subject.map(({ type, value }) => ({ [type]: [value] }))
  const certificate = await X509CertificateGenerator.create(
    {
      ...validity,
      serialNumber,
      publicKey,
      subject: names,
      issuer: issuer === null ? names : new X509Certificate(issuer.certificate).subjectName,
      signingKey: await importPrivateKey(issuerKey),
      signingAlgorithm: ALGORITHM,
      extensions: [
        ...extensions,
        await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(await importPublicKey(issuerKey), false, webcrypto),
      ],
    },
    webcrypto,
  )
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: privateKey.export({ type: 'sec1', format: 'pem' }) as string,
  }
}

function importPrivateKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), ALGORITHM, false, ['sign'])
}

function importPublicKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey(
    'spki',
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    ALGORITHM,
    true,
    ['verify'],
  )
}
