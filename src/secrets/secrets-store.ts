import { BuildError } from '../errors.ts'
import { findRealFile, readPrivateText, removePartial, replacePrivateText } from '../host/private-file.ts'
import { systemReason } from '../host/system-reason.ts'
import { type LockTiming, withLock } from '../host/with-lock.ts'
import { decryptSecrets, encryptSecrets, isEncrypted, type SecretsKeys } from './encrypt-secrets.ts'
import { formatSecretsFile, parseSecretsFile, type SecretsFile } from './secrets-file.ts'

/** A secrets file, whose it must be, and what opens it. */
export interface SecretsStore {
  readonly file: string
  readonly clusterName: string
  readonly keys: SecretsKeys
  /** Ends waiting for another who writes the file. */
  readonly signal: AbortSignal
  readonly lockTiming?: LockTiming
}

/** What becomes of a secrets file; null where there is none yet. */
type Change = (found: SecretsFile | null) => SecretsFile | Promise<SecretsFile>

/** A secrets file as it was read. */
export interface OpenedFile {
  readonly text: string
  readonly secrets: SecretsFile
}

export interface UpdateOptions {
  /** The file as it was read before, where it was: one that has not changed since need not be decrypted again. */
  readonly opened?: OpenedFile | null
  /** What encrypts it, where that is not what opens it. */
  readonly newKeys?: SecretsKeys
}

/** A passphrase is put to scrypt, during which a process shows no life: seconds, and more on a slow or busy machine. */
const usualTiming: LockTiming = { pollMs: 50, heartbeatMs: 1_000, staleAfterMs: 30_000 }

/** Reads a secrets file; null where there is none. Needs no lock, since the file is only ever replaced as a whole. */
export async function readSecretsFile(store: SecretsStore): Promise<SecretsFile | null> {
  return (await openSecretsFile(store))?.secrets ?? null
}

/**
 * Replaces a secrets file by what `change` makes of it, all at once and while nobody else does; a file that `change` gives back as it was
 * stays untouched. Throws `SECRETS_UNWRITABLE`, `FILE_LOCK_LOST`, and what reading throws.
 */
export async function updateSecretsFile(
  store: SecretsStore,
  change: Change,
  { opened = null, newKeys = store.keys }: UpdateOptions = {},
): Promise<SecretsFile> {
  // Whoever must be asked for a passphrase answers before others are made to wait.
  const before = opened ?? (await openSecretsFile(store))
  const file = await findRealFile(store.file)
  return withSecretsLock(file, store, async (signal, requireHeld) => {
    await removePartial(file)
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

/** Reads a secrets file, and gives the text that it was read from, too; null where there is none. One that is as it was `before` is not decrypted again. */
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

async function withSecretsLock<T>(
  file: string,
  { signal, lockTiming }: SecretsStore,
  work: (signal: AbortSignal, requireHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const lock = `${file}.lock`
  try {
    return await withLock(lock, { signal, onWait: () => undefined, timing: lockTiming ?? usualTiming }, work)
  } catch (cause) {
    // What the system says of the lock itself; all else comes from the work.
    if (!(cause instanceof Error && 'path' in cause && cause.path === lock)) throw cause
    throw new BuildError('SECRETS_UNWRITABLE', { file, reason: systemReason(cause) }, { cause })
  }
}
