import type { FoundSecret } from '../image/find-secrets.ts'
import { findSecretsIn, type Inspection, inspectImage } from '../pipeline/inspect/inspect-image.ts'
import { checkOptions, type OptionRules, required, text } from './check-options.ts'
import {
  type CacheOptions,
  cacheRules,
  type ClusterOptions,
  clusterRules,
  type MachineOptions,
  machineRules,
  type SecretsOptions,
  secretsRules,
} from './options.ts'
import { inspectContextOf, projectOf } from './resolve-options.ts'

export interface InspectOptions extends MachineOptions, CacheOptions {
  /** A file, raw or compressed, a URL or a catalog id. */
  readonly image: string
}

export interface FindSecretsOptions extends ClusterOptions, CacheOptions, SecretsOptions {
  /** A file, raw or compressed, a URL or a catalog id. */
  readonly image: string
}

const inspectRules: OptionRules<InspectOptions> = { image: required(text), ...machineRules, ...cacheRules }
const findRules: OptionRules<FindSecretsOptions> = {
  image: required(text),
  ...clusterRules,
  ...cacheRules,
  ...secretsRules,
}

/** Describes the contents of an image, without secrets. */
export async function inspect(options: InspectOptions): Promise<Inspection> {
  const checked = checkOptions('inspect', options, inspectRules)
  return inspectImage({ ...inspectContextOf(checked), image: checked.image })
}

/** Searches every byte of an image for the secrets of a cluster. Throws `SECRETS_MISSING`. */
export async function findSecrets(options: FindSecretsOptions): Promise<readonly FoundSecret[]> {
  const checked = checkOptions('findSecrets', options, findRules)
  const request = { ...inspectContextOf(checked), image: checked.image }
  return findSecretsIn(request, projectOf('findSecrets', checked))
}
