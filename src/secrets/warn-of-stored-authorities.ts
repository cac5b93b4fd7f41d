import { BuildError } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import { listAuthorities, warnOfAuthorities } from './check-authorities.ts'
import { readSecretsFile, type SecretsStore } from './secrets-store.ts'

/**
 * Warns of certificate authorities as `warnOfAuthorities` does, for commands that need no secrets. Asks for no passphrase.
 * Returns no warning if there is no secrets file, or if it cannot be read: a command that needs it says why.
 */
export async function warnOfStoredAuthorities(store: SecretsStore, now: Date): Promise<readonly Problem[]> {
  try {
    const secrets = await readSecretsFile({ ...store, keys: { ...store.keys, askPassphrase: null } })
    return secrets === null ? [] : warnOfAuthorities(listAuthorities(secrets.pki), store.file, now)
  } catch (error) {
    if (error instanceof BuildError) return []
    throw error
  }
}
