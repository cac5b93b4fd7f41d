import { chooseEncryption } from '../pipeline/secrets/choose-encryption.ts'
import { forgetSecrets as forgetIn, type Forgetting } from '../pipeline/secrets/forget-secrets.ts'
import { type SecretsList, setEncryption, showSecrets as showIn } from '../pipeline/secrets/manage-secrets.ts'
import { DEFAULT_REASON, rotateSecrets as rotateIn, type Rotation } from '../pipeline/secrets/rotate-secrets.ts'
import { rotatableSecrets, type RotatableSecret } from '../secrets/rotate-secrets.ts'
import { isReason } from '../secrets/secrets-schema.ts'
import { checkOptions, oneOf, type OptionRules, required, texts } from './check-options.ts'
import {
  type ClusterOptions,
  clusterRules,
  type OutOptions,
  outRules,
  type SecretsOptions,
  secretsRules,
  type SelectionOptions,
  selectionRules,
} from './options.ts'
import { projectOf, selectionOf } from './resolve-options.ts'

export interface SecretsFileOptions extends ClusterOptions, SecretsOptions {}

export interface RotateOptions extends SecretsFileOptions, OutOptions, SelectionOptions {
  readonly secret: RotatableSecret
  /** Why, for `showSecrets`: one line. Default: `secrets rotate`. */
  readonly reason?: string | undefined
}

export interface ForgetOptions extends SecretsFileOptions, OutOptions, SelectionOptions {
  /** The secret whose previous values are removed, or `all`. */
  readonly secret: RotatableSecret | 'all'
}

export interface EncryptOptions extends SecretsFileOptions {
  /** Public keys of age whose owners may also open the file. The owners of `keys.identities` always may. Default: none. */
  readonly recipients?: readonly string[] | undefined
}

const fileRules: OptionRules<SecretsFileOptions> = { ...clusterRules, ...secretsRules }
const rotateRules: OptionRules<RotateOptions> = {
  ...fileRules,
  ...outRules,
  ...selectionRules,
  secret: required(oneOf(rotatableSecrets)),
  reason: {
    expected: 'one line of at most 200 characters',
    holds: (value) => typeof value === 'string' && isReason(value),
  },
}
const forgetRules: OptionRules<ForgetOptions> = {
  ...fileRules,
  ...outRules,
  ...selectionRules,
  secret: required(oneOf([...rotatableSecrets, 'all'])),
}
const encryptRules: OptionRules<EncryptOptions> = { ...fileRules, recipients: texts }

/** Lists the secrets of a cluster and the previous values that the file still has, without values. Throws `SECRETS_MISSING`. */
export async function showSecrets(options: SecretsFileOptions): Promise<SecretsList> {
  return showIn(projectOf('showSecrets', checkOptions('showSecrets', options, fileRules)))
}

/** Replaces a secret and lists the nodes whose images hold it. The secrets file keeps the previous value. Throws `SECRETS_MISSING`, `SECRETS_ROTATION_WITHOUT_EFFECT`. */
export async function rotateSecrets(options: RotateOptions): Promise<Rotation> {
  const checked = checkOptions('rotateSecrets', options, rotateRules)
  return rotateIn(projectOf('rotateSecrets', checked), {
    which: checked.secret,
    selection: selectionOf(checked),
    reason: checked.reason ?? DEFAULT_REASON,
  })
}

/** Removes previous values of a secret. Throws `SECRETS_MISSING`, `SECRETS_FORGET_UNCLEAR`. */
export async function forgetSecrets(options: ForgetOptions): Promise<Forgetting> {
  const checked = checkOptions('forgetSecrets', options, forgetRules)
  return forgetIn(projectOf('forgetSecrets', checked), checked.secret, selectionOf(checked))
}

/** Encrypts the secrets file for recipients, else for the owners of `keys.identities`, else for `keys.passphrase`. Returns its path. */
export async function encryptSecrets(options: EncryptOptions): Promise<{ readonly file: string }> {
  const checked = checkOptions('encryptSecrets', options, encryptRules)
  const project = projectOf('encryptSecrets', checked)
  return { file: await setEncryption(project, await chooseEncryption(checked.recipients ?? [], project.secretsKeys)) }
}

/** Stores the secrets file unencrypted again. Returns its path. */
export async function decryptSecrets(options: SecretsFileOptions): Promise<{ readonly file: string }> {
  const checked = checkOptions('decryptSecrets', options, fileRules)
  return { file: await setEncryption(projectOf('decryptSecrets', checked), null) }
}
