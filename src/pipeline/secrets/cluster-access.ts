import type { Problem } from '../../errors/problem.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import { openResultFolders } from '../access/open-result-folders.ts'
import { type AccessFiles, writeAccess } from '../access/write-access.ts'
import type { PlannedCluster } from '../plan/plan-cluster.ts'
import type { Project } from '../project/project.ts'
import { resultFoldersOf } from '../project/result-folders.ts'

/** The folder for the access files of a cluster. */
export function accessFolderOf(project: Project, { cluster }: PlannedCluster): string {
  return resultFoldersOf(project, cluster.name).access
}

/**
 * Prepares the folder for the access files of a cluster. Returns warnings about files that were moved there. Throws
 * `OUTPUT_OTHER_CLUSTER`.
 */
export async function openClusterAccess(
  project: Project,
  { cluster }: PlannedCluster,
  identity: { readonly rootHash: string; readonly secretsFile: string },
): Promise<readonly Problem[]> {
  return openResultFolders(resultFoldersOf(project, cluster.name), identity, 'access')
}

/** Writes the access files of a cluster as the secrets file says, into a prepared folder. They are only ever made from it. */
export async function writeClusterAccess(
  project: Project,
  planned: PlannedCluster,
  secrets: ClusterSecrets,
): Promise<AccessFiles> {
  return writeAccess(accessFolderOf(project, planned), planned.cluster, secrets, project)
}
