import { join } from 'node:path'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import { hideFromGit } from '../access/hide-from-git.ts'
import { type AccessFiles, writeAccess } from '../access/write-access.ts'
import type { PlannedCluster } from '../plan/plan-cluster.ts'
import type { Project } from '../project/project.ts'

/** The folder for the access files of a cluster. */
export function accessFolderOf({ outFolder }: Project, { cluster }: PlannedCluster): string {
  return join(outFolder, cluster.name)
}

/** Writes the access files of a cluster as the secrets file says. They are only ever made from it. */
export async function writeClusterAccess(
  project: Project,
  planned: PlannedCluster,
  secrets: ClusterSecrets,
): Promise<AccessFiles> {
  const folder = accessFolderOf(project, planned)
  await hideFromGit(folder, '*')
  return writeAccess(folder, planned.cluster, secrets, project.now)
}
