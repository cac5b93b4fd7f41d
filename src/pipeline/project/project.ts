import type { SecretsKeys } from '../../secrets/encrypt-secrets.ts'

/** The places of a cluster's files, from the options. */
export interface Project {
  readonly clusterFile: string
  /** Folder of `--seeds`, whose templates replace all others of the same name; null where it is not given. */
  readonly seedsOverride: string | null
  /** Folder for the results of all clusters. */
  readonly outFolder: string
  /** Relative paths of options start here. */
  readonly workingFolder: string
  /** The folder that `~` means. */
  readonly homeFolder: string
  /** Folders of the profiles and templates that are shipped with bantam. */
  readonly shippedProfiles: string
  readonly shippedSeeds: string
  readonly randomBytes: (byteLength: number) => Uint8Array
  /** Keys that open an encrypted secrets file. */
  readonly secretsKeys: SecretsKeys
  /** Ends the wait for another command that writes the secrets file. */
  readonly signal: AbortSignal
  /** The time from which certificates and tokens are valid. */
  readonly now: Date
}

/** The chosen nodes. An empty list means all. */
export interface Selection {
  readonly profiles: readonly string[]
  readonly nodes: readonly string[]
}

/** All nodes of the cluster file. */
export const EVERY_NODE: Selection = { profiles: [], nodes: [] }
