import { lstat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BuildError } from '../../errors.ts'
import { listFolder } from '../../host/list-folder.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import type { SecretsStore } from '../../secrets/secrets-store.ts'
import type { Project } from './project.ts'
import type { ResultFolders } from './result-folders.ts'

/** Returns the secrets file of a cluster. It is beside the cluster file. */
export function storeOf(project: Project, clusterName: string): SecretsStore {
  return {
    file: join(dirname(resolve(project.clusterFile)), `${clusterName}.secrets.yaml`),
    clusterName,
    keys: project.secretsKeys,
    signal: project.signal,
  }
}

/** What bantam makes only from secrets, the most telling first. */
const MADE_WITH_SECRETS = [
  /\.img(\.xz)?$/,
  /^(kubeconfig|id_ed25519)/,
  /\.secrets\.tar$/,
  /^(seeds|\.root-ca\.sha256)$/,
]

/**
 * Checks that the secrets file exists if there are images or keys. New secrets would not match the images, and would
 * replace the keys of running nodes. Throws `SECRETS_LOST`.
 */
export async function requireNotLost(store: SecretsStore, folders: ResultFolders): Promise<void> {
  for (const folder of [folders.images, folders.access]) {
    // The order matters: another build may be making both.
    const names = await listFolder(folder)
    const found = MADE_WITH_SECRETS.flatMap((pattern) => names.filter((name) => pattern.test(name)))
    if (found.length > 0 && !(await hasSecretsFile(store)))
      throw new BuildError('SECRETS_LOST', { file: store.file, folder, images: found })
  }
}

/** Says whether a cluster has a secrets file. A link whose target is not mounted counts: it has a separate message. */
export async function hasSecretsFile({ file }: SecretsStore): Promise<boolean> {
  return (await nullIfMissing(lstat(file))) !== null
}
