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

/** What comes from this machine where it is left out. */
export interface MachineOptions {
  /** Relative paths start here: the folder of the process. */
  readonly workingFolder?: string | undefined
  /** What `~` stands for in a cluster file: the user's home folder. */
  readonly homeFolder?: string | undefined
  /** In place of the environment of the process. `BANTAM_CACHE`, `BANTAM_AGE_…`, `SOURCE_DATE_EPOCH` and those of the cache folder count. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Certificates and tokens are valid from this moment on: now. */
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
  /** Only nodes of these profiles, or of profiles that extend them: all. */
  readonly profiles?: readonly string[] | undefined
  /** Only these nodes: all. With `profiles`, both must fit. */
  readonly nodes?: readonly string[] | undefined
}

export const selectionRules: OptionRules<SelectionOptions> = { profiles: texts, nodes: texts }

export interface TemplateOptions {
  /** Folder of templates that win over all others: none. */
  readonly seeds?: string | undefined
}

export const templateRules: OptionRules<TemplateOptions> = { seeds: text }

export interface OutOptions {
  /** Folder of results; those of a cluster are in a folder below it. */
  readonly out: string
}

export const outRules: OptionRules<OutOptions> = { out: required(text) }

export interface SecretsOptions {
  /** What opens an encrypted secrets file: what `BANTAM_AGE_KEY`, `BANTAM_AGE_KEY_FILE` and `BANTAM_AGE_PASSPHRASE` say. */
  readonly keys?: AgeKeys | undefined
  /** The source of new secrets: that of `node:crypto`. */
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
  /** Folder of base images: `BANTAM_CACHE`, else the user's cache folder. */
  readonly cache?: string | undefined
  /** Threads that pack and unpack: one for each core. */
  readonly workerCount?: number | undefined
  /** Gets signs of life; called often. */
  readonly progress?: Progress | undefined
}

export const cacheRules: OptionRules<CacheOptions> = { cache: text, workerCount: countFrom(1), progress: callback }
