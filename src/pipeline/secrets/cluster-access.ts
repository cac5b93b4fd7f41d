import { BuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import { type OpenedFile, openSecretsFile, type SecretsStore } from '../../secrets/secrets-store.ts'
import { identityOf } from '../access/cluster-mark.ts'
import { openResultFolders } from '../access/open-result-folders.ts'
import { type AccessFiles, writeAccess } from '../access/write-access.ts'
import type { PlannedCluster } from '../plan/plan-cluster.ts'
import type { Project } from '../project/project.ts'
import { resultFoldersOf } from '../project/result-folders.ts'

/** The access folder of a cluster. It is private, and belongs to this cluster. */
export interface ClusterAccess {
  /** The secrets file by which the folder was prepared. */
  readonly opened: OpenedFile
  readonly folder: string
  /** Tell which files were moved into the folder. */
  readonly warnings: readonly Problem[]
  /** Writes the access files as the secrets file says. They are only ever made from it. */
  readonly write: (secrets: ClusterSecrets) => Promise<AccessFiles>
}

/**
 * Opens the secrets file, and prepares the access folder of its cluster, before anything changes. Throws
 * `SECRETS_MISSING`, and what `openResultFolders` throws.
 */
export async function openClusterAccess(
  project: Project,
  { cluster }: PlannedCluster,
  store: SecretsStore,
): Promise<ClusterAccess> {
  const opened = await openSecretsFile(store)
  if (opened === null) throw new BuildError('SECRETS_MISSING', { file: store.file })
  const folders = resultFoldersOf(project, cluster.name)
  const folder = folders.access
  return {
    opened,
    folder,
    warnings: await openResultFolders(folders, identityOf(opened.secrets, store), 'access'),
    write: (secrets) => writeAccess(folder, cluster, secrets, project),
  }
}
