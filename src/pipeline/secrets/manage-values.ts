import type { Problem } from '../../errors/problem.ts'
import { requireClock } from '../../pki/require-clock.ts'
import { completeSecrets } from '../../secrets/complete-secrets.ts'
import type { SecretsFile } from '../../secrets/secrets-file.ts'
import { openSecretsFile, requireFound, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { requireValueName, withoutValue, withValue } from '../../secrets/user-values.ts'
import { hideSecretsFromGit } from '../access/hide-from-git.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { requireNotLost, storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project } from '../project/project.ts'
import { resultFoldersOf } from '../project/result-folders.ts'
import { needsOf } from '../render/render-cluster.ts'

export interface ChangedValue {
  readonly file: string
  readonly name: string
  readonly warnings: readonly Problem[]
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
  const planned = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, planned.cluster.name)
  await requireNotLost(store, resultFoldersOf(project, planned.cluster.name))
  // Opens the file first, so that nobody enters a value for a file that does not open.
  const opened = await openSecretsFile(store)
  const value = await readValue()
  const isEncrypted = opened !== null && opened.secrets.encryption !== null
  const warnings = await hideSecretsFromGit(store.file, { isEncrypted })
  const change = async (found: SecretsFile | null): Promise<SecretsFile> =>
    withValue(found ?? (await makeSecrets(project, planned)), name, value)
  await updateSecretsFile(store, change, { opened })
  return { file: store.file, name, warnings }
}

/** Makes the secrets of a cluster, as its first build makes them. Throws `CLOCK_BEFORE_PACKAGE`. */
async function makeSecrets({ randomBytes, now }: Project, planned: PlannedCluster): Promise<SecretsFile> {
  requireClock(now)
  return completeSecrets(null, planned.cluster.name, needsOf(planned, 'missing'), { randomBytes, now })
}

/** Removes a value of the user's own from the secrets file. Throws `SECRETS_MISSING`, `SECRETS_VALUE_UNKNOWN`. */
export async function unsetValue(project: Project, name: string): Promise<ChangedValue> {
  requireValueName(name)
  const { cluster } = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, cluster.name)
  await updateSecretsFile(store, (found) => withoutValue(requireFound(found, store.file), name, store.file))
  return { file: store.file, name, warnings: [] }
}
