/** Options that several functions share, each group with its rules. docs/api.md describes them with their defaults. */
import type { Progress } from '../progress.ts'
import {
  abortSignal,
  callback,
  countFrom,
  date,
  type OptionRules,
  record,
  required,
  secret,
  text,
  texts,
} from './check-options.ts'

/** Options whose defaults come from this machine. */
export interface MachineOptions {
  /** Relative paths start here. Default: the working folder of the process. */
  readonly workingFolder?: string | undefined
  /** The folder that `~` means in a cluster file. Default: the user's home folder. */
  readonly homeFolder?: string | undefined
  /**
   * Environment variables. bantam reads `BANTAM_CACHE`, `BANTAM_AGE_…`, `SOURCE_DATE_EPOCH`, those that name the cache folder, and those
   * that the cluster file names, such as `${env:WIFI_PASSWORD}`.
   * Default: the environment of the process.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The time from which certificates and tokens are valid. Default: now. */
  readonly now?: Date | undefined
  readonly signal?: AbortSignal | undefined
}

export const machineRules: OptionRules<MachineOptions> = {
  workingFolder: text,
  homeFolder: text,
  env: record,
  now: date,
  signal: abortSignal,
}

export interface ClusterOptions extends MachineOptions {
  /** The cluster file. */
  readonly cluster: string
}

export const clusterRules: OptionRules<ClusterOptions> = { cluster: required(text), ...machineRules }

export interface SelectionOptions {
  /** Only nodes of these profiles, or of profiles that extend them. Default: all. */
  readonly profiles?: readonly string[] | undefined
  /** Only these nodes. With `profiles`, a node must match both. Default: all. */
  readonly nodes?: readonly string[] | undefined
}

export const selectionRules: OptionRules<SelectionOptions> = { profiles: texts, nodes: texts }

export interface TemplateOptions {
  /** Folder of templates that replace all others of the same name. Default: none. */
  readonly seeds?: string | undefined
}

export const templateRules: OptionRules<TemplateOptions> = { seeds: text }

export interface OutOptions {
  /** Folder of results. The results of a cluster are in a subfolder with the cluster's name. */
  readonly out: string
}

export const outRules: OptionRules<OutOptions> = { out: required(text) }

export interface SecretsOptions {
  /** Keys that open an encrypted secrets file. Default: those of `BANTAM_AGE_KEY`, `BANTAM_AGE_KEY_FILE` and `BANTAM_AGE_PASSPHRASE`. */
  readonly keys?: AgeKeys | undefined
  /** The source of new secrets. Default: `randomBytes` of `node:crypto`. */
  readonly randomBytes?: ((byteLength: number) => Uint8Array) | undefined
}

export interface AgeKeys {
  /** age identities, `AGE-SECRET-KEY-1…`. */
  readonly identities?: readonly string[] | undefined
  readonly passphrase?: string | undefined
}

export const secretsRules: OptionRules<SecretsOptions> = { keys: record, randomBytes: callback }
export const ageKeyRules: OptionRules<AgeKeys> = { identities: secret(texts), passphrase: secret(text) }

export interface CacheOptions {
  /** Folder of base images. Default: `BANTAM_CACHE`, else the user's cache folder. */
  readonly cache?: string | undefined
  /** Number of threads that pack and unpack. Default: one for each core. */
  readonly workerCount?: number | undefined
  /** Receives reports of long work. It is called often. */
  readonly progress?: Progress | undefined
}

export const cacheRules: OptionRules<CacheOptions> = { cache: text, workerCount: countFrom(1), progress: callback }
