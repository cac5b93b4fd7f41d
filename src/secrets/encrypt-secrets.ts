import { BuildError, hasCode } from '../errors.ts'
import type { Encryption } from './secrets-file.ts'

/** Keys that open an encrypted secrets file. */
export interface SecretsKeys {
  /** age identities, `AGE-SECRET-KEY-1…`. */
  readonly identities: readonly string[]
  readonly passphrase: string | null
  /** Asks for the passphrase if none is given; null where nobody can be asked. */
  readonly askPassphrase: PassphraseAsker | null
}

/** Why a passphrase is asked for: to open a file, to open it after a wrong answer, to keep the present passphrase, or to set a new one. */
export type PassphraseUse = 'open' | 'retry' | 'keep' | 'set'

/** Asks for a passphrase. The one that has opened a file is also used for `keep`. */
export type PassphraseAsker = (use: PassphraseUse) => Promise<string>

const PASSPHRASE_ATTEMPTS = 3
const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----'

/** Says whether a secrets file is encrypted with age. https://age-encryption.org/v1 */
export function isEncrypted(text: string): boolean {
  return text.trimStart().startsWith(ARMOR)
}

/** Opens the text of an encrypted secrets file. Throws `SECRETS_KEY_MISSING`, `SECRETS_KEY_WRONG`. */
export async function decryptSecrets(text: string, file: string, keys: SecretsKeys): Promise<string> {
  const { identities, passphrase, askPassphrase } = keys
  if (isForPassphrase(text) && passphrase === null && askPassphrase !== null)
    return decryptByAnswer(text, file, identities, askPassphrase)
  if (identities.length === 0 && passphrase === null) throw new BuildError('SECRETS_KEY_MISSING', { file })
  return decryptWith(text, file, identities, passphrase)
}

/** Asks for the passphrase several times, because people mistype a passphrase that they cannot see. */
async function decryptByAnswer(
  text: string,
  file: string,
  identities: readonly string[],
  ask: PassphraseAsker,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(attempt === 1 ? 'open' : 'retry')
    try {
      return await decryptWith(text, file, identities, answer)
    } catch (error) {
      if (attempt === PASSPHRASE_ATTEMPTS || !hasCode(error, 'SECRETS_KEY_WRONG')) throw error
    }
  }
}

async function decryptWith(
  text: string,
  file: string,
  identities: readonly string[],
  passphrase: string | null,
): Promise<string> {
  const { armor, Decrypter } = await import('age-encryption')
  try {
    const decrypter = new Decrypter()
    for (const identity of identities) decrypter.addIdentity(identity)
    if (passphrase !== null) decrypter.addPassphrase(passphrase)
    return await decrypter.decrypt(armor.decode(text), 'text')
  } catch (cause) {
    throw new BuildError('SECRETS_KEY_WRONG', { file }, { cause })
  }
}

/** Encrypts the text of a secrets file. Throws `SECRETS_KEY_MISSING` if it needs a passphrase and none is given. */
export async function encryptSecrets(
  text: string,
  file: string,
  encryption: Encryption,
  keys: SecretsKeys,
): Promise<string> {
  const { armor, Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  if ('recipients' in encryption) {
    for (const recipient of encryption.recipients) encrypter.addRecipient(recipient)
  } else {
    const passphrase = await passphraseOf(keys, 'keep')
    if (passphrase === null) throw new BuildError('SECRETS_KEY_MISSING', { file })
    encrypter.setPassphrase(passphrase)
  }
  return `${armor.encode(await encrypter.encrypt(text)).trimEnd()}\n`
}

/** Says whether the file is encrypted with a passphrase: the first lines of an age file name its stanzas. https://age-encryption.org/v1 */
function isForPassphrase(text: string): boolean {
  const start = text.trimStart().slice(ARMOR.length, ARMOR.length + 64)
  return Buffer.from(start, 'base64').toString('latin1').includes('-> scrypt ')
}

/** Returns the given passphrase, else asks for one; null where nobody can be asked. */
export async function passphraseOf(
  { passphrase, askPassphrase }: SecretsKeys,
  use: PassphraseUse,
): Promise<string | null> {
  return passphrase ?? (askPassphrase === null ? null : askPassphrase(use))
}

/** Returns the recipients of identities. Throws `AGE_KEY_INVALID`. */
export async function recipientsOf(identities: readonly string[]): Promise<readonly string[]> {
  const { identityToRecipient } = await import('age-encryption')
  try {
    return await Promise.all(identities.map((identity) => identityToRecipient(identity)))
  } catch (cause) {
    throw new BuildError('AGE_KEY_INVALID', undefined, { cause })
  }
}

/** Throws `AGE_RECIPIENT_INVALID` if one of the recipients is no public key of age. */
export async function requireRecipients(recipients: readonly string[]): Promise<void> {
  const { Encrypter } = await import('age-encryption')
  for (const recipient of recipients) {
    try {
      new Encrypter().addRecipient(recipient)
    } catch (cause) {
      throw new BuildError('AGE_RECIPIENT_INVALID', { recipient }, { cause })
    }
  }
}
