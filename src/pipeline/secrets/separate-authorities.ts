import type { Problem } from '../../errors/problem.ts'
import type { OperatorStep } from '../../model/operator-step.ts'
import { carriesPki } from '../../render/render-pki.ts'
import { listAuthorities, warnOfAuthorities } from '../../secrets/check-authorities.ts'
import { describeRebuild, describeSeparation } from '../../secrets/describe-separation.ts'
import type { SecretsFile } from '../../secrets/secrets-file.ts'
import { openSecretsFile, requireFound, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { isMoved, separateAuthorities, sharedAuthorities } from '../../secrets/separate-authorities.ts'
import { planCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project } from '../project/project.ts'
import { clusterOptionsOf } from '../project/shown-paths.ts'

export interface Separation {
  readonly file: string
  /** True if images hold no authority that trusts the root without need. */
  readonly separate: boolean
  /** Steps that are left, in order. */
  readonly steps: readonly OperatorStep[]
  readonly warnings: readonly Problem[]
}

/**
 * Lists the steps by which a cluster of an earlier version gives up the root of its authorities. With `done`, writes down that the
 * running cluster has taken them; images that are built later hold the new files. Throws `SECRETS_MISSING`.
 */
export async function separateCluster(project: Project, done: boolean): Promise<Separation> {
  const planned = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, planned.cluster.name)
  const opened = await openSecretsFile(store)
  const before = requireFound(opened?.secrets ?? null, store.file)
  const change = (found: SecretsFile | null): SecretsFile => separateAuthorities(requireFound(found, store.file))
  const isShared = sharedAuthorities(before.pki).length > 0
  const secrets = done && isShared ? await updateSecretsFile(store, change, { opened }) : before
  const separate = done || !isShared
  const facts = {
    cluster: planned.cluster,
    changedNodes: planned.plans.filter(carriesPki).map(({ name }) => name),
    clusterOptions: clusterOptionsOf(project),
  }
  return {
    file: store.file,
    separate,
    steps: separate ? (done && isMoved(secrets) ? [describeRebuild(facts)] : []) : describeSeparation(facts),
    warnings: warnOfAuthorities(listAuthorities(secrets.pki), store.file, project.now).filter(
      // The steps say more.
      ({ code }) => code !== 'SECRETS_AUTHORITIES_SHARED',
    ),
  }
}
