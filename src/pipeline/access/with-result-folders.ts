import { stat } from 'node:fs/promises'
import type { Problem } from '../../errors/problem.ts'
import { removePartialsBelow } from '../../host/atomic-file.ts'
import { makeFolder } from '../../host/make-folder.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { outputError } from '../../host/output-error.ts'
import { makePrivateFolder, removeProbes } from '../../host/private-folder.ts'
import { warning } from '../../yaml-source/describe-problem.ts'
import { type ResultFolders, seedsFolderOf } from '../project/result-folders.ts'
import { type HeldFolder, type OutputFolderOptions, withOutputFolder } from '../project/with-output-folder.ts'
import { type ClusterIdentity, markFolder, requireSameCluster } from './cluster-mark.ts'
import { hideFolderFromGit } from './hide-from-git.ts'
import { moveLeftOvers } from './move-left-overs.ts'

/** What a command writes into the folders. */
export type FolderUse = 'access' | 'images and access'

/**
 * Prepares the folders of a cluster's results, and lends them to `work`: the access folder is private, both remember
 * their cluster, and git ignores both. Private files that earlier versions wrote among the images are moved, which a
 * warning tells. Only one command at a time writes into the access folder, so what killed commands left there is
 * removed first. Throws `OUTPUT_OTHER_CLUSTER`, the errors of `makePrivateFolder`, and what `work` throws.
 */
export async function withResultFolders<T>(
  folders: ResultFolders,
  identity: ClusterIdentity,
  { use, ...options }: OutputFolderOptions & { readonly use: FolderUse },
  work: (warnings: readonly Problem[], held: HeldFolder) => Promise<T>,
): Promise<T> {
  const { images, access } = folders
  await requireSameCluster(folders, identity)
  await makePrivateFolder(access)
  return withOutputFolder(access, options, async (held) => {
    await removeProbes(access)
    await removePartialsOfSeeds(folders)
    const files = await moveLeftOvers(folders)
    for (const folder of use === 'access' && !(await exists(images)) ? [access] : [images, access])
      await openFolder(folder, identity)
    return work(
      files.length === 0 ? [] : [warning('ACCESS_FILES_MOVED', { files, from: images, to: access }, { file: access })],
      held,
    )
  })
}

async function removePartialsOfSeeds(folders: ResultFolders): Promise<void> {
  const seeds = seedsFolderOf(folders)
  try {
    await removePartialsBelow(seeds)
  } catch (error) {
    throw outputError(error, seeds)
  }
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
