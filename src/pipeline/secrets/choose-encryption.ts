import { BuildError } from '../../errors.ts'
import { recipientsOf, requireRecipients, type SecretsKeys } from '../../secrets/encrypt-secrets.ts'
import type { Encryption } from '../../secrets/secrets-file.ts'

/**
 * Chooses for whom a secrets file is encrypted: recipients beside the owners of identities, or a passphrase. Throws `AGE_OWN_KEY_MISSING`,
 * `AGE_RECIPIENT_INVALID`, `AGE_RECIPIENT_MISSING`.
 */
export async function chooseEncryption(
  recipients: readonly string[],
  { identities, passphrase, askPassphrase }: SecretsKeys,
): Promise<Encryption> {
  if (recipients.length > 0) {
    // Whoever encrypts must be able to read it afterwards: without, the next build would fail, and the cluster be lost.
    if (identities.length === 0) throw new BuildError('AGE_OWN_KEY_MISSING', undefined)
    await requireRecipients(recipients)
    return { recipients: [...new Set([...(await recipientsOf(identities)), ...recipients])] }
  }
  if (identities.length > 0) return { recipients: await recipientsOf(identities) }
  if (passphrase !== null || askPassphrase !== null) return { passphrase: true }
  throw new BuildError('AGE_RECIPIENT_MISSING', undefined)
}
