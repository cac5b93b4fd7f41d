import { BuildError } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import { renewKubeconfig } from '../pipeline/secrets/manage-secrets.ts'
import { checkOptions, oneOf, type OptionRules } from './check-options.ts'
import {
  type ClusterOptions,
  clusterRules,
  type OutOptions,
  outRules,
  type SecretsOptions,
  secretsRules,
} from './options.ts'
import { projectOf } from './resolve-options.ts'

export interface KubeconfigOptions extends ClusterOptions, OutOptions, SecretsOptions {
  /** Default: `everyday`. A `break-glass` certificate grants every right, and nobody can revoke it. */
  readonly use?: 'everyday' | 'break-glass' | undefined
}

export interface WrittenKubeconfig {
  readonly file: string
  readonly warnings: readonly Problem[]
}

const rules: OptionRules<KubeconfigOptions> = {
  ...clusterRules,
  ...outRules,
  ...secretsRules,
  use: oneOf(['everyday', 'break-glass']),
}

/** Writes a kubeconfig with a new certificate and returns its path. Throws `SECRETS_MISSING`, `ACCESS_SERVER_MISSING`. */
export async function kubeconfig(options: KubeconfigOptions): Promise<WrittenKubeconfig> {
  const checked = checkOptions('kubeconfig', options, rules)
  const { file, warnings } = await renewKubeconfig(projectOf('kubeconfig', checked), checked.use ?? 'everyday')
  if (file === null) throw new BuildError('ACCESS_SERVER_MISSING', { file: checked.cluster })
  return { file, warnings }
}
