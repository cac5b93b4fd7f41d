import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { BuildError } from '../errors.ts'
import type { ClusterSecrets } from '../model/cluster.ts'
import { Secret } from '../model/secret.ts'
import { makeKeyPair, type RandomBytes } from './make-key-pair.ts'
import { systemReason } from './read-yaml-source.ts'
import { formatSecretsFile, parseSecretsFile, type SecretsFile } from './secrets-file.ts'

export interface SecretsOptions {
  readonly clusterName: string
  /** True where no SSH key of the user's is known. */
  readonly needsKeyPair: boolean
  readonly randomBytes: RandomBytes
}

const TOKEN_BYTES = 32
const OWNER_ONLY = 0o600
const RETRY_MS = 50
const MOST_RETRIES = 60

/**
 * Gives the secrets of a cluster: those of its secrets file, which is made on first use and completed with a key pair where one is
 * needed. Nothing that a secrets file holds is ever made anew, since a running cluster depends on it.
 */
export async function obtainSecrets(file: string, options: SecretsOptions): Promise<ClusterSecrets> {
  for (let retries = 0; retries < MOST_RETRIES; retries++) {
    const found = await readSecretsFile(file, options.clusterName)
    if (found !== null && isComplete(found, options)) return toClusterSecrets(found, options)
    const written = await withLock(file, () => completeSecretsFile(file, options))
    if (written !== null) return toClusterSecrets(written, options)
    await sleep(RETRY_MS)
  }
  throw new BuildError('SECRETS_LOCKED', { lockFile: partialPath(file) })
}

/** Gives the secrets of a cluster's secrets file, and null where there is none yet or a key pair is still to be made. */
export async function readSecrets(
  file: string,
  options: Pick<SecretsOptions, 'clusterName' | 'needsKeyPair'>,
): Promise<ClusterSecrets | null> {
  const found = await readSecretsFile(file, options.clusterName)
  return found !== null && isComplete(found, options) ? toClusterSecrets(found, options) : null
}

async function readSecretsFile(file: string, clusterName: string): Promise<SecretsFile | null> {
  const text = await readPrivateText(file)
  if (text === null) return null
  const secrets = parseSecretsFile(text, file)
  if (secrets.cluster !== clusterName) {
    throw new BuildError('SECRETS_OTHER_CLUSTER', { file, expected: clusterName, actual: secrets.cluster })
  }
  return secrets
}

async function readPrivateText(file: string): Promise<string | null> {
  try {
    const { mode } = await stat(file)
    // Windows keeps no permission bits; there every file shows as readable by all.
    if (platform() !== 'win32' && (mode & 0o077) !== 0)
      throw new BuildError('SECRETS_MODE', { file, mode: (mode & 0o777).toString(8) })
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof BuildError) throw cause
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw new BuildError('SECRETS_INVALID', { file, reason: systemReason(cause) }, { cause })
  }
}

function isComplete(secrets: SecretsFile, options: Pick<SecretsOptions, 'needsKeyPair'>): boolean {
  return secrets.adminKeyPair !== null || !options.needsKeyPair
}

function toClusterSecrets(secrets: SecretsFile, options: Pick<SecretsOptions, 'needsKeyPair'>): ClusterSecrets {
  const { serverToken, agentToken, adminKeyPair } = secrets
  return {
    serverToken: new Secret(serverToken),
    agentToken: new Secret(agentToken),
    adminKeyPair:
      adminKeyPair === null || !options.needsKeyPair
        ? null
        : { publicKey: adminKeyPair.publicKey, privateKey: new Secret(adminKeyPair.privateKey) },
  }
}

function partialPath(file: string): string {
  return `${file}.partial`
}

/**
 * Runs `work`, which must rename the partial file to its final name, while no other build does so; null where another one does.
 * The partial file itself is the lock: only one can create it, and renaming releases it.
 */
async function withLock(file: string, work: () => Promise<SecretsFile>): Promise<SecretsFile | null> {
  const partial = partialPath(file)
  try {
    await (await open(partial, 'wx', OWNER_ONLY)).close()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return null
    throw new BuildError('SECRETS_UNWRITABLE', { file, reason: systemReason(cause) }, { cause })
  }
  try {
    return await work()
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function completeSecretsFile(file: string, options: SecretsOptions): Promise<SecretsFile> {
  // Another build may have finished between our look at the file and our lock.
  const found = await readSecretsFile(file, options.clusterName)
  if (found !== null && isComplete(found, options)) {
    await rm(partialPath(file))
    return found
  }
  const secrets = completeSecrets(found, options)
  try {
    const handle = await open(partialPath(file), 'r+')
    try {
      await handle.writeFile(formatSecretsFile(secrets))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(partialPath(file), file)
  } catch (cause) {
    throw new BuildError('SECRETS_UNWRITABLE', { file, reason: systemReason(cause) }, { cause })
  }
  return secrets
}

function completeSecrets(
  found: SecretsFile | null,
  { clusterName, needsKeyPair, randomBytes }: SecretsOptions,
): SecretsFile {
  const token = (): string => Buffer.from(randomBytes(TOKEN_BYTES)).toString('hex')
  const secrets = found ?? { cluster: clusterName, serverToken: token(), agentToken: token(), adminKeyPair: null }
  return needsKeyPair && secrets.adminKeyPair === null
    ? { ...secrets, adminKeyPair: makeKeyPair(`bantam@${clusterName}`, randomBytes) }
    : secrets
}
