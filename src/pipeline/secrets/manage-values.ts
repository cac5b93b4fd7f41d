import { dirname, join } from 'node:path'
import { BuildError } from '../../errors.ts'
import { completeSecrets } from '../../secrets/complete-secrets.ts'
import { updateSecretsFile } from '../../secrets/secrets-store.ts'
import { requireValueName, withoutValue, withValue } from '../../secrets/user-values.ts'
import { hideFromGit } from '../access/hide-from-git.ts'
import { planCluster } from '../plan/plan-cluster.ts'
import { requireNotLost, storeOf } from '../project/open-store.ts'
import type { Project } from '../project/project.ts'
import { needsOf } from '../render/render-cluster.ts'

export interface ChangedValue {
  readonly file: string
  readonly name: string
}

/**
 * Stores a value of the user's own in the secrets file; the file is made if there is none, as the first build makes it. The value is read
 * after the name and the cluster file were checked. Throws `SECRETS_VALUE_NAME_INVALID`, `SECRETS_VALUE_INVALID`.
 */
export async function setValue(
  project: Project,
  name: string,
  readValue: () => string | Promise<string>,
): Promise<ChangedValue> {
  requireValueName(name)
  const planned = await planCluster(project, { profiles: [], nodes: [] })
  const store = storeOf(project, planned.cluster.name)
  await requireNotLost(store, join(project.outFolder, planned.cluster.name))
  const value = await readValue()
  await hideFromGit(dirname(store.file), '*.secrets.yaml*')
  const sources = { randomBytes: project.randomBytes, now: project.now }
  await updateSecretsFile(store, async (found) => {
    const secrets = found ?? (await completeSecrets(null, store.clusterName, needsOf(planned, 'missing'), sources))
    return withValue(secrets, name, value)
  })
  return { file: store.file, name }
}

/** Removes a value of the user's own from the secrets file. Throws `SECRETS_MISSING`, `SECRETS_VALUE_UNKNOWN`. */
export async function unsetValue(project: Project, name: string): Promise<ChangedValue> {
  requireValueName(name)
  const { cluster } = await planCluster(project, { profiles: [], nodes: [] })
  const store = storeOf(project, cluster.name)
  await updateSecretsFile(store, (found) => {
    if (found === null) throw new BuildError('SECRETS_MISSING', { file: store.file })
    return withoutValue(found, name, store.file)
  })
  return { file: store.file, name }
}
