import { join } from 'node:path'
import type { Project } from './project.ts'

/**
 * The folders of a cluster's results. What may be published and what must stay private never share a folder. A cluster's
 * name has no dot, so no other cluster has a folder with the name of `access`.
 */
export interface ResultFolders {
  /** Images and their checksums. It may be published as a whole, if its images hold no secrets. */
  readonly images: string
  /** Kubeconfig, keys, detached secrets and rendered seeds. Only its owner may enter. */
  readonly access: string
}

/** Names the folders of a cluster's results. It makes none. */
export function resultFoldersOf({ outFolder }: Pick<Project, 'outFolder'>, clusterName: string): ResultFolders {
  return { images: join(outFolder, clusterName), access: join(outFolder, `${clusterName}.access`) }
}

/** Names the folder of a node's rendered seed files. */
export function seedsFolderOf({ access }: ResultFolders, nodeName: string): string {
  return join(access, 'seeds', nodeName)
}

/** Names the file with a node's detached secrets. */
export function bundlePathOf({ access }: ResultFolders, nodeName: string): string {
  return join(access, `${nodeName}.secrets.tar`)
}
