import { BuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import { describePrevious, type PreviousDescription } from '../../secrets/describe-previous.ts'
import { toClusterSecrets } from '../../secrets/ensure-secrets.ts'
import { forgetPrevious } from '../../secrets/forget-previous.ts'
import type { RotatableSecret } from '../../secrets/rotate-secrets.ts'
import type { SecretsFile } from '../../secrets/secrets-file.ts'
import { requireFound, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { removePreviousKeys } from '../access/previous-keys.ts'
import { planCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project, type Selection } from '../project/project.ts'
import { openClusterAccess } from './cluster-access.ts'

export interface Forgetting {
  readonly file: string
  /** The previous values that the secrets file no longer has. Empty if it had none of them. */
  readonly forgotten: readonly PreviousDescription[]
  readonly warnings: readonly Problem[]
}

/**
 * Removes previous values of one secret, or of all, from the secrets file and from the access files. Throws
 * `SECRETS_MISSING`, `SECRETS_FORGET_UNCLEAR`, `OUTPUT_OTHER_CLUSTER`.
 */
export async function forgetSecrets(
  project: Project,
  which: RotatableSecret | 'all',
  selection: Selection,
): Promise<Forgetting> {
  const planned = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, planned.cluster.name)
  const nodeNames = await chooseNodes(project, which, selection)
  let forgotten: readonly PreviousDescription[] = []
  const access = await openClusterAccess(project, planned, store)
  const change = async (found: SecretsFile | null): Promise<SecretsFile> => {
    const known = requireFound(found, store.file)
    const result = forgetPrevious(known, { which: which === 'all' ? null : which, nodeNames })
    forgotten = describePrevious(result.forgotten, planned.cluster.name, project.now)
    if (forgotten.length === 0) return known
    // The secrets file changes last. If this is cut off, the next command that writes access files undoes it, and nothing is lost.
    if (forgotten.some(({ secret }) => secret === 'admin-key')) {
      const { previousAdminKeys } = toClusterSecrets(known, { needsKeyPair: true })
      await removePreviousKeys(access.folder, previousAdminKeys)
    }
    await access.write(toClusterSecrets(result.secrets, planned))
    return result.secrets
  }
  await updateSecretsFile(store, change, { opened: access.opened })
  return { file: store.file, forgotten, warnings: access.warnings }
}

/** Returns the names of the chosen nodes; null where none are chosen: then also those of nodes that are gone count. */
async function chooseNodes(
  project: Project,
  which: RotatableSecret | 'all',
  selection: Selection,
): Promise<readonly string[] | null> {
  if (selection.nodes.length + selection.profiles.length === 0) return null
  if (which !== 'all' && which !== 'host-keys' && which !== 'join-tokens')
    throw new BuildError('SECRETS_FORGET_UNCLEAR', {
      reason: `all nodes share ${which}, so it takes neither --node nor --profile`,
    })
  return (await planCluster(project, selection)).plans.map(({ name }) => name)
}
