import { BuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import { type OpenedFile, openSecretsFile, type SecretsStore } from '../../secrets/secrets-store.ts'
import { identityOf } from '../access/cluster-mark.ts'
import { withResultFolders } from '../access/with-result-folders.ts'
import { type AccessFiles, writeAccess } from '../access/write-access.ts'
import type { PlannedCluster } from '../plan/plan-cluster.ts'
import type { Project } from '../project/project.ts'
import { resultFoldersOf } from '../project/result-folders.ts'
import { commandOptions, type HeldFolder } from '../project/with-output-folder.ts'

/** The access folder of a cluster. It is private, and belongs to this cluster. */
export interface ClusterAccess {
  /** The secrets file by which the folder was prepared. */
  readonly opened: OpenedFile
  readonly folder: string
  /** Tell which files were moved into the folder. */
  readonly warnings: readonly Problem[]
  readonly held: HeldFolder
  /** Writes the access files as the secrets file says. They are only ever made from it. */
  readonly write: (secrets: ClusterSecrets) => Promise<AccessFiles>
}

/**
 * Opens the secrets file, prepares the access folder of its cluster before anything changes, and lends it to `work`. No
 * other command writes into the folder meanwhile. Throws `SECRETS_MISSING`, and what `withResultFolders` throws.
 */
export async function withClusterAccess<T>(
  project: Project,
  { cluster }: PlannedCluster,
  store: SecretsStore,
  work: (access: ClusterAccess) => Promise<T>,
): Promise<T> {
  const opened = await openSecretsFile(store)
  if (opened === null) throw new BuildError('SECRETS_MISSING', { file: store.file })
  const folders = resultFoldersOf(project, cluster.name)
  const folder = folders.access
  const options = { ...commandOptions(project), use: 'access' } as const
  return withResultFolders(folders, identityOf(opened.secrets, store), options, (warnings, held) =>
    work({
      opened,
      folder,
      warnings,
      held,
      write: (secrets) => writeAccess(folder, cluster, secrets, { ...project, ...held }),
    }),
  )
}
