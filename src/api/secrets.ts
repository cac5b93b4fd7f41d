import { chooseEncryption } from '../pipeline/secrets/choose-encryption.ts'
import {
  rotateSecrets as rotateIn,
  type Rotation,
  setEncryption,
  showSecrets as showIn,
} from '../pipeline/secrets/manage-secrets.ts'
import { setValue, unsetValue } from '../pipeline/secrets/manage-values.ts'
import type { SecretDescription } from '../secrets/describe-secrets.ts'
import { rotatableSecrets, type RotatableSecret } from '../secrets/rotate-secrets.ts'
import { checkOptions, oneOf, type OptionRules, required, secret, text, texts } from './check-options.ts'
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
}

export interface EncryptOptions extends SecretsFileOptions {
  /** Public keys of age whose owners may also open the file. The owners of `keys.identities` always may. Default: none. */
  readonly recipients?: readonly string[] | undefined
}

export interface NamedValueOptions extends SecretsFileOptions {
  /** Name of a value of yours, such as `wifi.home` for `${secret:wifi.home}`. */
  readonly name: string
}

export interface SetSecretOptions extends NamedValueOptions {
  readonly value: string
}

export interface SecretsList {
  readonly cluster: string
  readonly file: string
  readonly secrets: readonly SecretDescription[]
}

const fileRules: OptionRules<SecretsFileOptions> = { ...clusterRules, ...secretsRules }
const rotateRules: OptionRules<RotateOptions> = {
  ...fileRules,
  ...outRules,
  ...selectionRules,
  secret: required(oneOf(rotatableSecrets)),
}
const encryptRules: OptionRules<EncryptOptions> = { ...fileRules, recipients: texts }

const unsetRules: OptionRules<NamedValueOptions> = { ...fileRules, name: required(text) }
const setRules: OptionRules<SetSecretOptions> = { ...unsetRules, value: required(secret(text)) }

/** Lists the secrets of a cluster, without values. Throws `SECRETS_MISSING`. */
export async function showSecrets(options: SecretsFileOptions): Promise<SecretsList> {
  return showIn(projectOf('showSecrets', checkOptions('showSecrets', options, fileRules)))
}

/** Replaces a secret and lists the nodes whose images hold it. Throws `SECRETS_MISSING`, `SECRETS_ROTATION_WITHOUT_EFFECT`. */
export async function rotateSecrets(options: RotateOptions): Promise<Rotation> {
  const checked = checkOptions('rotateSecrets', options, rotateRules)
  return rotateIn(projectOf('rotateSecrets', checked), checked.secret, selectionOf(checked))
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

/** Stores a value of yours in the secrets file. Returns its path. Throws `SECRETS_VALUE_NAME_INVALID`, `SECRETS_VALUE_INVALID`. */
export async function setSecret(options: SetSecretOptions): Promise<{ readonly file: string }> {
  const checked = checkOptions('setSecret', options, setRules)
  return { file: (await setValue(projectOf('setSecret', checked), checked.name, () => checked.value)).file }
}

/** Removes a value of yours from the secrets file. Returns its path. Throws `SECRETS_VALUE_UNKNOWN`. */
export async function unsetSecret(options: NamedValueOptions): Promise<{ readonly file: string }> {
  const checked = checkOptions('unsetSecret', options, unsetRules)
  return { file: (await unsetValue(projectOf('unsetSecret', checked), checked.name)).file }
}
