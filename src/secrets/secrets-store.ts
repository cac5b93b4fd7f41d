import { BuildError } from '../errors.ts'
import { findRealFile, readPrivateText, removeLeftOvers, replacePrivateText } from '../host/private-file.ts'
import { systemReason } from '../host/system-reason.ts'
import { type LockTiming, withLock } from '../host/with-lock.ts'
import { decryptSecrets, encryptSecrets, isEncrypted, type SecretsKeys } from './encrypt-secrets.ts'
import { formatSecretsFile, parseSecretsFile, type SecretsFile } from './secrets-file.ts'

/** A secrets file, the cluster that it must belong to, and the keys that open it. */
export interface SecretsStore {
  readonly file: string
  readonly clusterName: string
  readonly keys: SecretsKeys
  /** Ends the wait for another process that writes the file. */
  readonly signal: AbortSignal
  readonly lockTiming?: LockTiming
}

/** Returns the new contents of a secrets file. `found` is null where there is no file yet. */
type Change = (found: SecretsFile | null) => SecretsFile | Promise<SecretsFile>

/** A secrets file as it was read. */
export interface OpenedFile {
  readonly text: string
  readonly secrets: SecretsFile
}

export interface UpdateOptions {
  /** The file as it was read before, if it was. A file that has not changed since is not decrypted again. */
  readonly opened?: OpenedFile | null
  /** Keys that encrypt the file, if they differ from those that open it. */
  readonly newKeys?: SecretsKeys
}

/**
 * Timing of the lock. scrypt turns a passphrase into a key and blocks the process, so that no heartbeat is written: for seconds, or longer on
 * a slow machine.
 */
const usualTiming: LockTiming = { pollMs: 50, heartbeatMs: 1_000, staleAfterMs: 30_000 }

/** Reads a secrets file; null where there is none. It needs no lock, because the file is only replaced as a whole. */
export async function readSecretsFile(store: SecretsStore): Promise<SecretsFile | null> {
  return (await openSecretsFile(store))?.secrets ?? null
}

/**
 * Replaces a secrets file by the result of `change`, atomically and under a lock. If `change` returns the same object, the file is not
 * written. Throws `SECRETS_UNWRITABLE`, `FILE_LOCK_LOST`, and the errors of reading.
 */
export async function updateSecretsFile(
  store: SecretsStore,
  change: Change,
  { opened = null, newKeys = store.keys }: UpdateOptions = {},
): Promise<SecretsFile> {
  // Ask for the passphrase before the lock is taken, so that other processes do not wait for the answer.
  const before = opened ?? (await openSecretsFile(store))
  const file = await findRealFile(store.file)
  return withSecretsLock(file, store, async (signal, requireHeld) => {
    await removeLeftOvers(file)
    const found = (await openSecretsFile(store, before))?.secrets ?? null
    const changed = await change(found)
    if (changed === found) return changed
    const text = formatSecretsFile(changed)
    const written =
      changed.encryption === null ? text : await encryptSecrets(text, store.file, changed.encryption, newKeys)
    signal.throwIfAborted()
    await replacePrivateText(file, written, requireHeld)
    return changed
  })
}

/** Reads a secrets file, with its text; null where there is none. A file that is the same as `before` is not decrypted again. */
export async function openSecretsFile(
  { file, clusterName, keys }: SecretsStore,
  before: OpenedFile | null = null,
): Promise<OpenedFile | null> {
  const text = await readPrivateText(file)
  if (text === null) return null
  if (text === before?.text) return before
  const secrets = await parseSecretsFile(isEncrypted(text) ? await decryptSecrets(text, file, keys) : text, file)
  if (secrets.cluster !== clusterName) {
    throw new BuildError('SECRETS_OTHER_CLUSTER', { file, expected: clusterName, actual: secrets.cluster })
  }
  return { text, secrets }
}

/** Returns the contents of a secrets file that must exist. Throws `SECRETS_MISSING`. */
export function requireFound(secrets: SecretsFile | null, file: string): SecretsFile {
  if (secrets === null) throw new BuildError('SECRETS_MISSING', { file })
  return secrets
}

async function withSecretsLock<T>(
  file: string,
  { signal, lockTiming }: SecretsStore,
  work: (signal: AbortSignal, requireHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const lock = `${file}.lock`
  try {
    return await withLock(lock, { signal, onWait: () => undefined, timing: lockTiming ?? usualTiming }, work)
  } catch (cause) {
    // A system error comes from the lock itself. All other errors come from the work.
    if (!(cause instanceof Error && 'path' in cause && cause.path === lock)) throw cause
    throw new BuildError('SECRETS_UNWRITABLE', { file, reason: systemReason(cause) }, { cause })
  }
}
