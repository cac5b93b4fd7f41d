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
export async function requireNotLost({ file }: SecretsStore, outFolder: string): Promise<void> {
  // The order matters: another build may be making both.
  const images = (await readdir(outFolder).catch(() => [])).filter((name) => /\.img(\.xz)?$/.test(name))
  // A link whose target is not mounted has a separate message.
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  )
  if (images.length > 0 && !isThere) throw new BuildError('SECRETS_LOST', { file, folder: outFolder, images })
}
