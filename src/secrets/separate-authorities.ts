import { authorityFiles, needsRoot } from '../pki/cluster-pki.ts'
import type { SecretsFile } from './secrets-file.ts'

/**
 * Writes down that a running cluster has its authorities apart from the root. Keys and certificates stay. From now on images hold the
 * files that the cluster has: each certificate twice. A server with other files, written later, does not start: k3s calls them "newer than
 * datastore" (pkg/cluster/bootstrap.go).
 */
export function separateAuthorities(secrets: SecretsFile): SecretsFile {
  const separate = authorityFiles
    .filter((file) => !needsRoot(file))
    .map((file) => [file, { content: 'twice', ...secrets.pki[file] }] as const)
  return { ...secrets, pki: { ...secrets.pki, ...Object.fromEntries(separate) } }
}

/** Says whether no authority of a secrets file trusts the root without need. */
export function areSeparate({ pki }: SecretsFile): boolean {
  return authorityFiles.every((file) => needsRoot(file) || pki[file].content !== undefined)
}
