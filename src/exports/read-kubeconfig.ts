import { hashOfRoot } from '../pki/join-token.ts'

/**
 * Returns the SHA-256 of the root certificate in a kubeconfig that `formatKubeconfig` wrote: the last one of its
 * authorities. Null for any other text.
 */
export function rootHashOfKubeconfig(text: string): string | null {
  const [, base64 = ''] = /certificate-authority-data: "?([A-Za-z0-9+/=]+)/.exec(text) ?? []
  const certificates = Buffer.from(base64, 'base64')
    .toString()
    .match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g)
  try {
    return hashOfRoot(certificates?.at(-1) ?? '')
  } catch {
    return null
  }
}
