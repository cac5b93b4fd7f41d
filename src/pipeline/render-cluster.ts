import { dirname, join, resolve } from 'node:path'
import { obtainSecrets } from '../config/obtain-secrets.ts'
import type { ClusterSecrets } from '../model/cluster.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedNode } from '../model/rendered-node.ts'
import { Secret } from '../model/secret.ts'
import { requireKnownIds } from '../os/require-known-ids.ts'
import { loadTemplates } from '../render/load-templates.ts'
import { createRenderContext, renderNode } from '../render/render-node.ts'
import { hideFromGit } from './hide-from-git.ts'
import { planCluster, type PlannedCluster } from './plan-cluster.ts'
import type { Project, Selection } from './project.ts'

export interface RenderedPlan {
  readonly plan: NodePlan
  readonly node: RenderedNode
}

export interface RenderedCluster extends PlannedCluster {
  readonly nodes: readonly RenderedPlan[]
  readonly secrets: ClusterSecrets
  readonly secretsFile: string
}

/** Plans and renders the chosen nodes; makes the cluster's secrets on first use. */
export async function renderCluster(project: Project, selection: Selection): Promise<RenderedCluster> {
  const planned = await planCluster(project, selection)
  const clusterName = planned.cluster.name
  const folder = dirname(resolve(project.clusterFile))
  const secretsFile = join(folder, `${clusterName}.secrets.yaml`)
  await hideFromGit(folder, '*.secrets.yaml')
  const { needsKeyPair } = planned
  const secrets = await obtainSecrets(secretsFile, { clusterName, needsKeyPair, randomBytes: project.randomBytes })
  return { ...planned, secrets, secretsFile, nodes: await renderPlans(project, planned, secrets) }
}

/** Checks everything up to the rendered files, with stand-in secrets: nothing is written. */
export async function validateCluster(project: Project): Promise<PlannedCluster> {
  const planned = await planCluster(project, { profiles: [], nodes: [] })
  const standIn = new Secret('stand-in')
  const adminKeyPair = planned.needsKeyPair ? { publicKey: 'ssh-ed25519 AAAA stand-in', privateKey: standIn } : null
  await requireKnownIds([...new Set(planned.plans.flatMap((plan) => plan.os))], dirname(resolve(project.clusterFile)))
  await renderPlans(project, planned, { serverToken: standIn, agentToken: standIn, adminKeyPair })
  return planned
}

async function renderPlans(
  project: Project,
  { plans, cluster }: PlannedCluster,
  secrets: ClusterSecrets,
): Promise<readonly RenderedPlan[]> {
  const ownSeeds = join(dirname(resolve(project.clusterFile)), 'seeds')
  const templates = await loadTemplates({
    shipped: project.shippedSeeds,
    // In a checkout of bantam the cluster lies beside the shipped templates.
    cluster: ownSeeds === resolve(project.shippedSeeds) ? null : ownSeeds,
    override: project.seedsOverride,
    profiles: cluster.profileNames,
  })
  const context = createRenderContext(secrets, templates)
  return plans.map((plan) => ({ plan, node: renderNode(plan, context) }))
}
