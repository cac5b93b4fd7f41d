import { lstat, readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BuildError } from '../../errors.ts'
import type { SecretsStore } from '../../secrets/secrets-store.ts'
import type { Project } from './project.ts'

/** The secrets file of a cluster: beside its cluster file. */
export function storeOf(project: Project, clusterName: string): SecretsStore {
  return {
    file: join(dirname(resolve(project.clusterFile)), `${clusterName}.secrets.yaml`),
    clusterName,
    keys: project.secretsKeys,
    signal: project.signal,
  }
}

/** Requires that no images lie there without the secrets that they were built with: new secrets would not fit them. Throws `SECRETS_LOST`. */
export async function requireNotLost({ file }: SecretsStore, outFolder: string): Promise<void> {
  // In this order: another build may be about to make both.
  const images = (await readdir(outFolder).catch(() => [])).filter((name) => /\.img(\.xz)?$/.test(name))
  // A link whose target is not mounted has a message of its own.
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  )
  if (images.length > 0 && !isThere) throw new BuildError('SECRETS_LOST', { file, folder: outFolder, images })
}
