import { BuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import { describePrevious, type PreviousDescription } from '../../secrets/describe-previous.ts'
import { toClusterSecrets } from '../../secrets/ensure-secrets.ts'
import { forgetPrevious } from '../../secrets/forget-previous.ts'
import type { RotatableSecret } from '../../secrets/rotate-secrets.ts'
import type { SecretsFile } from '../../secrets/secrets-file.ts'
import { requireFound, type SecretsStore, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { removePreviousKeys } from '../access/previous-keys.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project, type Selection } from '../project/project.ts'
import { type ResultFolders, resultFoldersOf } from '../project/result-folders.ts'
import { type ClusterAccess, withClusterAccess } from './cluster-access.ts'
import { findLeftValues, type LeftValues, warnOfLeftValues } from './left-values.ts'

export interface Forgetting {
  readonly file: string
  /** The previous values that the secrets file no longer has. Empty if it had none of them. */
  readonly forgotten: readonly PreviousDescription[]
  /** Where these values still are. */
  readonly left: LeftValues
  readonly warnings: readonly Problem[]
}

/**
 * Removes previous values of one secret, or of all, from the secrets file and from the access files, and warns of other
 * files that hold them. Throws `SECRETS_MISSING`, `SECRETS_FORGET_UNCLEAR`, `OUTPUT_OTHER_CLUSTER`.
 */
export async function forgetSecrets(
  project: Project,
  which: RotatableSecret | 'all',
  selection: Selection,
): Promise<Forgetting> {
  const planned = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, planned.cluster.name)
  const nodeNames = await chooseNodes(project, which, selection)
  return withClusterAccess(project, planned, store, async (access) => {
    const folders = resultFoldersOf(project, planned.cluster.name)
    const { forgotten, left } = await forgetFrom(access, { project, planned, store, folders, which, nodeNames })
    return { file: store.file, forgotten, left, warnings: [...access.warnings, ...warnOfLeftValues(left, folders)] }
  })
}

interface ForgetFacts {
  readonly project: Project
  readonly planned: PlannedCluster
  readonly store: SecretsStore
  readonly folders: ResultFolders
  readonly which: RotatableSecret | 'all'
  readonly nodeNames: readonly string[] | null
}

async function forgetFrom(
  access: ClusterAccess,
  { project, planned, store, folders, which, nodeNames }: ForgetFacts,
): Promise<Pick<Forgetting, 'forgotten' | 'left'>> {
  let forgotten: readonly PreviousDescription[] = []
  let left: LeftValues = { files: [], images: [] }
  const change = async (found: SecretsFile | null): Promise<SecretsFile> => {
    const known = requireFound(found, store.file)
    const result = forgetPrevious(known, { which: which === 'all' ? null : which, nodeNames })
    forgotten = describePrevious(result.forgotten, planned.cluster.name, project.now)
    if (forgotten.length === 0) return known
    // The secrets file changes last. If this is cut off, the next command that writes access files undoes it, and nothing is lost.
    if (forgotten.some(({ secret }) => secret === 'admin-key')) {
      const { previousAdminKeys } = toClusterSecrets(known, { needsKeyPair: true })
      await removePreviousKeys(access.folder, previousAdminKeys, access.held)
    }
    await access.write(toClusterSecrets(result.secrets, planned))
    left = await findLeftValues(folders, result.forgotten, project.signal)
    return result.secrets
  }
  await updateSecretsFile(store, change, { opened: access.opened })
  return { forgotten, left }
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
