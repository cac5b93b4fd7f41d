import { BuildError, isBuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import type { OperatorStep } from '../../model/operator-step.ts'
import { requireClock } from '../../pki/require-clock.ts'
import { requireAuthorities, warnOfAuthorities } from '../../secrets/check-authorities.ts'
import { completeSecrets } from '../../secrets/complete-secrets.ts'
import { describeRotation } from '../../secrets/describe-rotation.ts'
import { toClusterSecrets } from '../../secrets/ensure-secrets.ts'
import { keepPrevious } from '../../secrets/keep-previous.ts'
import { type RotatableSecret, rotateSecret } from '../../secrets/rotate-secrets.ts'
import type { SecretsFile } from '../../secrets/secrets-file.ts'
import { requireFound, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { findUnknownKeys } from '../access/previous-keys.ts'
import type { AccessFiles } from '../access/write-access.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project, type Selection } from '../project/project.ts'
import { clusterOptionsOf, typedPath } from '../project/shown-paths.ts'
import { needsOf, renderPlans } from '../render/render-cluster.ts'
import { type ClusterAccess, openClusterAccess } from './cluster-access.ts'

export interface Rotation {
  readonly file: string
  /** Nodes whose images hold the secret, in the order of the cluster file. */
  readonly changedNodes: readonly string[]
  /** Steps after which the new secret is in use, in order. */
  readonly steps: readonly OperatorStep[]
  readonly warnings: readonly Problem[]
}

export interface RotationRequest {
  readonly which: RotatableSecret
  /** The nodes whose secrets are replaced. Only for secrets that each node has separately. */
  readonly selection: Selection
  /** Why, for `secrets show`. */
  readonly reason: string
}

/** The reason of a rotation for which the user gives none. */
export const DEFAULT_REASON = 'secrets rotate'

/**
 * Replaces a secret. Returns the nodes whose images hold it (their seeds differ from before) and the next steps. The secrets
 * file changes once, and keeps the previous value; all other files are written from it. Throws `SECRETS_MISSING`,
 * `SECRETS_ROTATION_WITHOUT_EFFECT`, `SECRETS_PREVIOUS_KEY_KEPT`, `SECRETS_ROTATED_WITHOUT_FILES`.
 */
export async function rotateSecrets(
  project: Project,
  { which, selection, reason }: RotationRequest,
): Promise<Rotation> {
  requireClock(project.now)
  const planned = await planCluster(project, EVERY_NODE)
  const chosen = (await planCluster(project, selection)).plans.map(({ name }) => name)
  const { cluster, plans } = planned
  requireEffect(which, planned, selection)
  const store = storeOf(project, cluster.name)
  const sources = { randomBytes: project.randomBytes, now: project.now }
  const complete = (secrets: SecretsFile): Promise<SecretsFile> =>
    completeSecrets(secrets, cluster.name, needsOf(planned, 'missing'), sources)
  const idsWith = async (secrets: ClusterSecrets): Promise<readonly string[]> =>
    (await renderPlans(project, planned, secrets)).map(({ node }) => node.instanceId)
  let oldIds: readonly string[] = []
  // Keys that earlier versions wrote among the images come into the folder first.
  const access = await openClusterAccess(project, planned, store)
  const change = async (found: SecretsFile | null): Promise<SecretsFile> => {
    const known = requireFound(found, store.file)
    requireAuthorities(known, store.file, project.now)
    const before = await complete(known)
    const present = toClusterSecrets(before, planned)
    if (which === 'admin-key') await requireKnownKeys(access.folder, present, store.file)
    // This finishes an earlier rotation that was cut off. It also shows that the folder can be written, before anything changes.
    await access.write(present)
    oldIds = await idsWith(present)
    const after = await complete(await rotateSecret(before, which, chosen, sources))
    return keepPrevious(known, after, { now: project.now, reason })
  }
  const rotated = await updateSecretsFile(store, change, { opened: access.opened })
  const secrets = toClusterSecrets(rotated, planned)
  const { previousKeyFiles } = await writeNewAccess(access, secrets, { secret: which, file: store.file })
  const newIds = await idsWith(secrets)
  const changedNodes = plans.filter((_plan, index) => oldIds[index] !== newIds[index]).map(({ name }) => name)
  const steps = describeRotation(which, {
    cluster,
    changedNodes,
    retiredTokenIds: retiredTokenIds(rotated, project.now),
    folder: typedPath(project, access.folder),
    previousKeyFiles: previousKeyFiles.map((path) => typedPath(project, path)),
    secretsFile: typedPath(project, store.file),
    clusterOptions: clusterOptionsOf(project),
  })
  const warnings = [...access.warnings, ...warnOfAuthorities(secrets.authorities, store.file, project.now)]
  return { file: store.file, changedNodes, steps, warnings }
}

/** Refuses a rotation that would change nothing. */
function requireEffect(
  which: RotatableSecret,
  { cluster, needsKeyPair }: PlannedCluster,
  { nodes, profiles }: Selection,
): void {
  const refuse = (reason: string): never => {
    throw new BuildError('SECRETS_ROTATION_WITHOUT_EFFECT', { secret: which, reason })
  }
  if (which === 'join-tokens' && cluster.k3s.joinTokenSeconds === null)
    refuse('without `join.tokenLifetime`, all agents share one token')
  if (which === 'admin-key' && !needsKeyPair) refuse('you log in with your own keys, from `admin.sshKeys` or ~/.ssh')
  if (which !== 'join-tokens' && which !== 'host-keys' && nodes.length + profiles.length > 0)
    refuse('all nodes share this secret')
}

/** Refuses if a previous key is only in a file: the steps of the new rotation would not name it. */
async function requireKnownKeys(folder: string, secrets: ClusterSecrets, secretsFile: string): Promise<void> {
  const [file] = await findUnknownKeys(folder, secrets)
  if (file !== undefined) throw new BuildError('SECRETS_PREVIOUS_KEY_KEPT', { file, secretsFile })
}

/** Writes the access files after a rotation. A failure must say that the secret was replaced, so that nobody rotates twice. */
async function writeNewAccess(
  access: ClusterAccess,
  secrets: ClusterSecrets,
  rotated: { readonly secret: RotatableSecret; readonly file: string },
): Promise<AccessFiles> {
  try {
    return await access.write(secrets)
  } catch (cause) {
    if (!isBuildError(cause)) throw cause
    throw new BuildError('SECRETS_ROTATED_WITHOUT_FILES', { ...rotated, reason: cause.message }, { cause })
  }
}

/** Lists the ids of all replaced join tokens with which a node can still join. */
function retiredTokenIds({ previous = [] }: SecretsFile, now: Date): readonly string[] {
  return previous.flatMap((one) =>
    one.secret === 'join-tokens' && new Date(one.joinToken.expires) > now ? [one.joinToken.id] : [],
  )
}
