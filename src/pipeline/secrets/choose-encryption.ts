import { BuildError } from '../../errors.ts'
import { recipientsOf, requireRecipients, type SecretsKeys } from '../../secrets/encrypt-secrets.ts'
import type { Encryption } from '../../secrets/secrets-file.ts'

/**
 * Chooses the encryption of a secrets file: for the owners of identities and further recipients, or for a passphrase.
 * Throws `AGE_OWN_KEY_MISSING`, `AGE_RECIPIENT_INVALID`, `AGE_RECIPIENT_MISSING`.
 */
export async function chooseEncryption(
  recipients: readonly string[],
  { identities, passphrase, askPassphrase }: SecretsKeys,
): Promise<Encryption> {
  if (recipients.length > 0) {
    // The user must be able to decrypt the file afterwards. Otherwise the next build would fail, and the cluster would be lost.
    if (identities.length === 0) throw new BuildError('AGE_OWN_KEY_MISSING', undefined)
    await requireRecipients(recipients)
    return { recipients: [...new Set([...(await recipientsOf(identities)), ...recipients])] }
  }
  if (identities.length > 0) return { recipients: await recipientsOf(identities) }
  if (passphrase !== null || askPassphrase !== null) return { passphrase: true }
  throw new BuildError('AGE_RECIPIENT_MISSING', undefined)
}
