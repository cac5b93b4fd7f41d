import type { SecretsKeys } from '../../secrets/encrypt-secrets.ts'

/** Where a cluster and what belongs to it are found, as the command line says. */
export interface Project {
  readonly clusterFile: string
  /** Folder of `--seeds`, whose templates win over all others; null where it is not given. */
  readonly seedsOverride: string | null
  /** Results of all clusters. */
  readonly outFolder: string
  /** Where the user stands: relative paths of the command line start here. */
  readonly workingFolder: string
  /** What `~` stands for. */
  readonly homeFolder: string
  /** The profiles and templates that come with bantam. */
  readonly shippedProfiles: string
  readonly shippedSeeds: string
  readonly randomBytes: (byteLength: number) => Uint8Array
  /** What opens an encrypted secrets file. */
  readonly secretsKeys: SecretsKeys
  /** Ends waiting for another command that writes the secrets file. */
  readonly signal: AbortSignal
  /** Certificates and tokens are valid from now on. */
  readonly now: Date
}

/** Which nodes are meant; an empty list does not restrict. */
export interface Selection {
  readonly profiles: readonly string[]
  readonly nodes: readonly string[]
}
