import { join } from 'node:path'
import type { Problem } from '../../errors/problem.ts'
import { requireClock } from '../../pki/require-clock.ts'
import { listAuthorities, requireAuthorities, warnOfAuthorities } from '../../secrets/check-authorities.ts'
import { issueAdminCertificates } from '../../secrets/complete-secrets.ts'
import { describePrevious, type PreviousDescription } from '../../secrets/describe-previous.ts'
import { describeSecrets, type SecretDescription } from '../../secrets/describe-secrets.ts'
import { passphraseOf } from '../../secrets/encrypt-secrets.ts'
import { toClusterSecrets } from '../../secrets/ensure-secrets.ts'
import type { Encryption, SecretsFile } from '../../secrets/secrets-file.ts'
import { openSecretsFile, readSecretsFile, requireFound, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { hideSecretsFromGit, showSecretsToGit } from '../access/hide-from-git.ts'
import { writeKubeconfig } from '../access/write-access.ts'
import { planCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project } from '../project/project.ts'
import { openClusterAccess } from './cluster-access.ts'

/** The secrets of a secrets file, without values. */
export interface SecretsList {
  readonly cluster: string
  readonly file: string
  readonly secrets: readonly SecretDescription[]
  /** Replaced values that the file still has, in the order in which they were replaced. */
  readonly previous: readonly PreviousDescription[]
  readonly warnings: readonly Problem[]
}

/** Lists the secrets of a secrets file, without values. Throws `SECRETS_MISSING`. */
export async function showSecrets(project: Project): Promise<SecretsList> {
  const { cluster } = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, cluster.name)
  const { file } = store
  const secrets = requireFound(await readSecretsFile(store), file)
  return {
    cluster: cluster.name,
    file,
    secrets: describeSecrets(secrets),
    previous: describePrevious(secrets.previous ?? [], cluster.name, project.now),
    warnings: warnOfAuthorities(listAuthorities(secrets.pki), file, project.now),
  }
}

/** Encrypts a secrets file, or stores it unencrypted where `encryption` is null. Throws `SECRETS_MISSING`. */
export async function setEncryption(project: Project, encryption: Encryption | null): Promise<string> {
  const { cluster } = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, cluster.name)
  // Opens the file first, so that nobody enters a new passphrase for a file that is missing or that the old one does not open.
  const opened = await openSecretsFile(store)
  requireFound(opened?.secrets ?? null, store.file)
  // A file that is not encrypted is hidden from git before it is written.
  if (encryption === null) await hideSecretsFromGit(store.file, { isEncrypted: false })
  const isForPassphrase = encryption !== null && 'passphrase' in encryption
  const newKeys = isForPassphrase ? { ...store.keys, passphrase: await passphraseOf(store.keys, 'set') } : store.keys
  await updateSecretsFile(store, (found) => ({ ...requireFound(found, store.file), encryption }), { opened, newKeys })
  if (encryption !== null) await showSecretsToGit(store.file)
  return store.file
}

export interface RenewedKubeconfig {
  /** Null where no node is a server. */
  readonly file: string | null
  readonly warnings: readonly Problem[]
}

/**
 * Issues a new certificate for the administrator, and writes its kubeconfig with the other access files. Throws
 * `SECRETS_MISSING`, `SECRETS_AUTHORITY_EXPIRED`, `CLOCK_BEFORE_PACKAGE`.
 */
export async function renewKubeconfig(project: Project, use: 'everyday' | 'break-glass'): Promise<RenewedKubeconfig> {
  requireClock(project.now)
  const planned = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, planned.cluster.name)
  const access = await openClusterAccess(project, planned, store)
  const change = async (found: SecretsFile | null): Promise<SecretsFile> => {
    const secrets = requireFound(found, store.file)
    requireAuthorities(secrets, store.file, project.now)
    const { adminCertificate, breakGlass } = await issueAdminCertificates(secrets, {
      randomBytes: project.randomBytes,
      now: project.now,
    })
    return use === 'everyday' ? { ...secrets, adminCertificate } : { ...secrets, breakGlass }
  }
  const renewed = await updateSecretsFile(store, change, { opened: access.opened })
  const secrets = toClusterSecrets(renewed, planned)
  const { kubeconfig } = await access.write(secrets)
  const breakGlassFile = join(access.folder, 'kubeconfig.break-glass')
  return {
    file:
      use === 'everyday'
        ? kubeconfig
        : await writeKubeconfig(breakGlassFile, planned.cluster, secrets, secrets.breakGlass),
    warnings: [...access.warnings, ...warnOfAuthorities(secrets.authorities, store.file, project.now)],
  }
}
