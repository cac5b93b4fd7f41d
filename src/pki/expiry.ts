import { X509Certificate } from 'node:crypto'

/** Returns the time at which a certificate expires. RFC 5280, section 4.1.2.5. */
export function expiryOf(certificate: string): Date {
  return new Date(new X509Certificate(certificate).validTo)
}
