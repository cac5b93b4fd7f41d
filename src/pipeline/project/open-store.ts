import { lstat, readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BuildError } from '../../errors.ts'
import type { SecretsStore } from '../../secrets/secrets-store.ts'
import type { Project } from './project.ts'

/** Returns the secrets file of a cluster. It is beside the cluster file. */
export function storeOf(project: Project, clusterName: string): SecretsStore {
  return {
    file: join(dirname(resolve(project.clusterFile)), `${clusterName}.secrets.yaml`),
    clusterName,
    keys: project.secretsKeys,
    signal: project.signal,
  }
}

/** Checks that the secrets file exists if there are images. New secrets would not match the images. Throws `SECRETS_LOST`. */
export async function requireNotLost(store: SecretsStore, outFolder: string): Promise<void> {
  // The order matters: another build may be making both.
  const images = (await readdir(outFolder).catch(() => [])).filter((name) => /\.img(\.xz)?$/.test(name))
  if (images.length > 0 && !(await hasSecretsFile(store)))
    throw new BuildError('SECRETS_LOST', { file: store.file, folder: outFolder, images })
}

/** Says whether a cluster has a secrets file. A link whose target is not mounted counts: it has a separate message. */
export async function hasSecretsFile({ file }: SecretsStore): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  )
}
