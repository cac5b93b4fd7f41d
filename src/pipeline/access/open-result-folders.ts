import { stat } from 'node:fs/promises'
import type { Problem } from '../../errors/problem.ts'
import { makeFolder } from '../../host/make-folder.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { outputError } from '../../host/output-error.ts'
import { makePrivateFolder } from '../../host/private-folder.ts'
import { warning } from '../../yaml-source/describe-problem.ts'
import type { ResultFolders } from '../project/result-folders.ts'
import { type ClusterIdentity, markFolder, requireSameCluster } from './cluster-mark.ts'
import { hideFolderFromGit } from './hide-from-git.ts'
import { moveLeftOvers } from './move-left-overs.ts'

/**
 * Prepares the folders of a cluster's results: the access folder is private, both remember their cluster, and git
 * ignores both. Private files that earlier versions wrote among the images are moved, which a warning tells. Throws
 * `OUTPUT_OTHER_CLUSTER`, and the errors of `makePrivateFolder`.
 */
export async function openResultFolders(
  folders: ResultFolders,
  identity: ClusterIdentity,
  use: 'access' | 'images and access',
): Promise<readonly Problem[]> {
  const { images, access } = folders
  await requireSameCluster(folders, identity)
  await makePrivateFolder(access)
  const files = await moveLeftOvers(folders)
  for (const folder of use === 'access' && !(await exists(images)) ? [access] : [images, access])
    await openFolder(folder, identity)
  return files.length === 0
    ? []
    : [warning('ACCESS_FILES_MOVED', { files, from: images, to: access }, { file: access })]
}

async function openFolder(folder: string, identity: ClusterIdentity): Promise<void> {
  try {
    await makeFolder(folder)
  } catch (error) {
    throw outputError(error, folder)
  }
  await markFolder(folder, identity)
  await hideFolderFromGit(folder)
}

async function exists(folder: string): Promise<boolean> {
  return (await nullIfMissing(stat(folder))) !== null
}
