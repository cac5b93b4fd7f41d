import { type AuthorityFile, rootlessAuthorities } from '../pki/cluster-pki.ts'
import type { SecretsFile } from './secrets-file.ts'

/** Lists the authorities whose file holds the root though it need not. A cluster of an earlier version has them. */
export function sharedAuthorities(pki: SecretsFile['pki']): readonly AuthorityFile[] {
  return rootlessAuthorities.filter((file) => pki[file].content === undefined)
}

/**
 * Writes down that a running cluster has its authorities apart from the root. Keys and certificates stay. From now on images hold the
 * files that the cluster has: each certificate twice. On an external datastore, a server with other files does not start: k3s calls them
 * "newer than datastore" (pkg/cluster/bootstrap.go).
 */
export function separateAuthorities(secrets: SecretsFile): SecretsFile {
  const separate = sharedAuthorities(secrets.pki).map(
    (file) => [file, { ...secrets.pki[file], content: 'twice' }] as const,
  )
  return { ...secrets, pki: { ...secrets.pki, ...Object.fromEntries(separate) } }
}

/** Says whether a running cluster was moved: the images of its servers must have been built since. */
export function isMoved({ pki }: SecretsFile): boolean {
  return rootlessAuthorities.some((file) => pki[file].content === 'twice')
}
