import { dirname, join, resolve } from 'node:path'
import { checkReferences } from '../../base-images/reference/check-references.ts'
import { BuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import type { Cluster } from '../../model/cluster.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import type { RenderedNode } from '../../model/rendered-node.ts'
import { checkUserTemplates } from '../../render/check-user-templates.ts'
import { checkExposure } from '../../render/exposure/check-exposure.ts'
import { loadTemplates, type Templates } from '../../render/load-templates.ts'
import { createRenderContext, renderNode, type SecretsPlace } from '../../render/render-node.ts'
import { warnOfAuthorities } from '../../secrets/check-authorities.ts'
import type { JoinTokenNeeds, SecretsNeeds } from '../../secrets/complete-secrets.ts'
import { makeStandIn, ensureSecrets } from '../../secrets/ensure-secrets.ts'
import { type OpenedFile, openSecretsFile, requireFound } from '../../secrets/secrets-store.ts'
import { warnOfStoredAuthorities } from '../../secrets/warn-of-stored-authorities.ts'
import { inReadingOrder } from '../../yaml-source/in-reading-order.ts'
import { identityOf, requireSameCluster } from '../access/cluster-mark.ts'
import { hideSecretsFromGit } from '../access/hide-from-git.ts'
import { listKnownSecrets } from '../inspect/list-known-secrets.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { requireNotLost, storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project } from '../project/project.ts'
import { type ResultFolders, resultFoldersOf } from '../project/result-folders.ts'

export interface RenderedPlan {
  readonly plan: NodePlan
  readonly node: RenderedNode
}

export interface RenderedCluster extends PlannedCluster {
  readonly nodes: readonly RenderedPlan[]
  readonly folders: ResultFolders
  readonly secrets: ClusterSecrets
  readonly secretsFile: string
  /** The secrets file before it was completed; null where there was none. */
  readonly opened: OpenedFile | null
}

export interface RenderChoices {
  readonly secretsPlace: SecretsPlace
  readonly renewal: JoinTokenNeeds['renewal']
}

/** Renders the planned nodes; makes the cluster's secrets on first use. */
export async function renderCluster(
  project: Project,
  planned: PlannedCluster,
  { secretsPlace, renewal }: RenderChoices,
): Promise<RenderedCluster> {
  const clusterName = planned.cluster.name
  const store = storeOf(project, clusterName)
  const folders = resultFoldersOf(project, clusterName)
  const opened = await openSecretsFile(store)
  // Results of another cluster must stop the command before it writes anything.
  if (opened === null) await requireNotLost(store, folders)
  else await requireSameCluster(folders, identityOf(opened.secrets, store))
  const isEncrypted = opened !== null && opened.secrets.encryption !== null
  const gitWarnings = await hideSecretsFromGit(store.file, { isEncrypted })
  const sources = { randomBytes: project.randomBytes, now: project.now }
  const secrets = await ensureSecrets(store, needsOf(planned, renewal), sources, opened)
  const nodes = await renderPlans(project, planned, secrets, secretsPlace)
  const exposed = secretsPlace === 'image' ? [] : await checkImages(project, planned, { nodes, opened })
  const authorities = warnOfAuthorities(secrets.authorities, store.file, project.now)
  return {
    ...planned,
    warnings: [...planned.warnings, ...exposed, ...gitWarnings, ...authorities],
    folders,
    secrets,
    secretsFile: store.file,
    opened,
    nodes,
  }
}

/** Searches what images without secrets will hold. Returns warnings. Throws `CLUSTER_INVALID` if a secret or a private key is in it. */
async function checkImages(
  project: Project,
  planned: PlannedCluster,
  { nodes, opened }: Pick<RenderedCluster, 'nodes' | 'opened'>,
): Promise<readonly Problem[]> {
  const { cluster, values } = planned
  const store = storeOf(project, cluster.name)
  const present = await openSecretsFile(store, opened)
  const file = requireFound(present?.secrets ?? null, store.file)
  const { clusterFile } = project
  const templates = await loadSeeds(project, cluster)
  const found = checkExposure(nodes, listKnownSecrets(file, cluster, values, 'files'), { templates, clusterFile })
  if (found.some(({ severity }) => severity === 'error')) requireNone(found, project, planned)
  return inReadingOrder(found, clusterFile)
}

/**
 * Checks everything up to the rendered files, with stand-in secrets. Writes nothing. Throws `CLUSTER_INVALID` with every problem of the
 * cluster's files, of the base images that they name and of the templates of `files`.
 */
export async function validateCluster(project: Project): Promise<PlannedCluster> {
  const planned = await planCluster(project, EVERY_NODE, 'available')
  const secrets = makeStandIn(needsOf(planned, 'missing'))
  const references = await checkReferences(planned.plans, project.clusterFile)
  const templates = checkUserTemplates(planned.plans, secrets, project.clusterFile)
  requireNone([...references, ...templates], project, planned)
  await renderChecked(project, planned, secrets, 'image')
  const authorities = await warnOfStoredAuthorities(storeOf(project, planned.cluster.name), project.now)
  return { ...planned, warnings: [...planned.warnings, ...authorities] }
}

function requireNone(problems: readonly Problem[], { clusterFile }: Project, { warnings }: PlannedCluster): void {
  if (problems.length === 0) return
  throw new BuildError('CLUSTER_INVALID', { problems: inReadingOrder([...warnings, ...problems], clusterFile) })
}

/** Lists what a build of the chosen nodes needs from the secrets file. */
export function needsOf(
  { cluster, plans, needsKeyPair }: PlannedCluster,
  renewal: JoinTokenNeeds['renewal'],
): SecretsNeeds {
  const { joinTokenSeconds } = cluster.k3s
  // The initial server's image holds the tokens of all agents.
  const chosen = new Set(
    plans.some(({ k3s }) => k3s?.initialServer) ? cluster.nodes.map(({ name }) => name) : plans.map(({ name }) => name),
  )
  const agents = cluster.nodes.filter(({ name, role }) => role === 'agent' && chosen.has(name)).map(({ name }) => name)
  return {
    needsKeyPair,
    nodeNames: cluster.nodes.map(({ name }) => name),
    joinTokens: joinTokenSeconds === null ? null : { nodes: agents, lifetimeSeconds: joinTokenSeconds, renewal },
  }
}

/** Renders the chosen nodes with given secrets. Throws `CLUSTER_INVALID` with every problem of the templates of `files`. */
export async function renderPlans(
  project: Project,
  planned: PlannedCluster,
  secrets: ClusterSecrets,
  secretsPlace: SecretsPlace = 'image',
): Promise<readonly RenderedPlan[]> {
  requireNone(checkUserTemplates(planned.plans, secrets, project.clusterFile), project, planned)
  return renderChecked(project, planned, secrets, secretsPlace)
}

async function renderChecked(
  project: Project,
  { plans, cluster }: PlannedCluster,
  secrets: ClusterSecrets,
  secretsPlace: SecretsPlace,
): Promise<readonly RenderedPlan[]> {
  const templates = await loadSeeds(project, cluster)
  const context = createRenderContext(secrets, templates, secretsPlace)
  return plans.map((plan) => ({ plan, node: renderNode(plan, context) }))
}

function loadSeeds(project: Project, cluster: Cluster): Promise<Templates> {
  const ownSeeds = join(dirname(resolve(project.clusterFile)), 'seeds')
  return loadTemplates({
    shipped: project.shippedSeeds,
    // In a checkout of bantam, the cluster file is beside the shipped templates.
    cluster: ownSeeds === resolve(project.shippedSeeds) ? null : ownSeeds,
    override: project.seedsOverride,
    profiles: cluster.profileNames,
  })
}
