import { join } from 'node:path'
import { ChecksumList } from '../../artifact/checksum-list.ts'
import { writeSecretBundle } from '../../artifact/write-secret-bundle.ts'
import type { Problem } from '../../errors/problem.ts'
import { requireAddressSpace } from '../../host/process-limits.ts'
import { checkBase } from '../../image/check-base.ts'
import { withOpenBases } from '../../image/with-open-bases.ts'
import type { Artifact } from '../../model/artifact.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import type { OperatorStep } from '../../model/operator-step.ts'
import type { OpenBase } from '../../model/patched-image.ts'
import { type DetachedNode, detachSecrets } from '../../render/detach-secrets.ts'
import { toClusterSecrets } from '../../secrets/ensure-secrets.ts'
import { openSecretsFile } from '../../secrets/secrets-store.ts'
import { warning } from '../../yaml-source/describe-problem.ts'
import { withResultFolders } from '../access/with-result-folders.ts'
import { type AccessFiles, writeAccess } from '../access/write-access.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import { bundlePathOf, type ResultFolders } from '../project/result-folders.ts'
import { withOutputFolder } from '../project/with-output-folder.ts'
import { type RenderedCluster, renderCluster, renderPlans } from '../render/render-cluster.ts'
import { buildNodeImage } from './build-node-image.ts'
import type { BuildRequest } from './build-request.ts'
import { findPrivateImages } from './find-private-images.ts'
import { mapConcurrently } from './map-concurrently.ts'
import { describeNextSteps } from './next-steps.ts'
import { type Bases, obtainBases } from './obtain-bases.ts'
import { obtainBasesOfFirstBuild, requireClockAfter } from './require-clock.ts'
import { requireOtherFiles } from './require-other-files.ts'
import { retireSecretBundle } from './retire-secret-bundle.ts'
import { warnOfBoard } from './warn-of-board.ts'
import { warnOfMemory } from './warn-of-memory.ts'

export interface BuildResult {
  readonly cluster: string
  /** In the order of the cluster file. */
  readonly artifacts: readonly Artifact[]
  /** The base images of this build, each once. */
  readonly bases: readonly BaseImage[]
  readonly warnings: readonly Problem[]
  readonly checksumFile: string
  readonly secretsFile: string
  readonly access: AccessFiles
  /** Files with the detached secrets of nodes. Empty where images hold their secrets. */
  readonly secretBundles: readonly string[]
  /** The first node that was built. */
  readonly firstNode: string
  /** What to do with the images, in order. */
  readonly nextSteps: readonly OperatorStep[]
}

/** Builds one image per chosen node. An image gets its name only when it is complete and verified. */
export async function buildImages(request: BuildRequest): Promise<BuildResult> {
  requireAddressSpace()
  const { project } = request
  const planned = await planCluster(project, request.selection, 'all')
  const firstBases = await obtainBasesOfFirstBuild(planned, request)
  const first = await renderNodes(planned, request)
  const bases = firstBases ?? (await obtainBases(first.rendered.nodes, request))
  const { folders } = first.rendered
  const outFolder = folders.images
  await requireOtherFiles(
    bases.all,
    planned.plans.map((plan) => join(outFolder, `${plan.name}.${request.format}`)),
  )
  const written = await withOutputFolder(outFolder, request, (held) =>
    withOpenBases(bases.all, { ...request, signal: held.signal }, async (openBaseOf) => {
      for (const base of bases.all) {
        await checkBase(openBaseOf(base))
        await requireClockAfter(openBaseOf(base), base, project.now)
      }
      const privateFiles = await writePrivateFiles(first, planned, { ...request, signal: held.signal })
      const checksums = new ChecksumList(outFolder, { ...held, flush: request.flush })
      const output = { ...held, request: { ...request, signal: held.signal }, folders, checksums }
      const artifacts = await writeArtifacts(privateFiles.images, { bases, openBaseOf }, output)
      return { ...privateFiles, artifacts, checksumFile: checksums.path }
    }),
  )
  const { rendered, detached } = written.images
  const firstNode = rendered.nodes[0]?.plan.name ?? ''
  return {
    cluster: rendered.cluster.name,
    artifacts: written.artifacts,
    bases: bases.all,
    warnings: [
      ...rendered.warnings,
      ...written.folderWarnings,
      ...(await warnOfChangedSecrets(rendered, planned, request)),
      ...warnOfMemory(written.artifacts, request),
      ...warningsOf(bases.all),
      ...rendered.nodes.flatMap((item) => warnOfBoard(item.plan, bases.of(item))),
      ...(detached === null ? [] : await warnOfPrivateImages(folders)),
    ],
    checksumFile: written.checksumFile,
    secretsFile: rendered.secretsFile,
    access: written.access,
    secretBundles: written.secretBundles,
    firstNode,
    nextSteps: describeNextSteps({ ...written, firstNode }, project),
  }
}

interface RenderedImages {
  readonly rendered: RenderedCluster
  /** The detached secrets of each node; null where images hold their secrets. */
  readonly detached: readonly DetachedSecrets[] | null
}

interface DetachedSecrets extends Pick<DetachedNode, 'secretFiles'> {
  readonly plan: NodePlan
}

/** Renders the chosen nodes, and takes their secrets out if images must hold none. */
async function renderNodes(planned: PlannedCluster, { project, secretsPlace }: BuildRequest): Promise<RenderedImages> {
  const rendered = await renderCluster(project, planned, { secretsPlace, renewal: 'expiring' })
  if (secretsPlace === 'image') return { rendered, detached: null }
  const nodes = rendered.nodes.map(({ plan, node }) => ({ plan, ...detachSecrets(node) }))
  return { rendered: { ...rendered, nodes }, detached: nodes }
}

interface PrivateFiles {
  /** The nodes as the secrets file is now. */
  readonly images: RenderedImages
  readonly folderWarnings: readonly Problem[]
  readonly access: AccessFiles
  readonly secretBundles: readonly string[]
}

/**
 * Writes all that is private before the first image, so that no image is without its key. Obtaining a base image takes minutes: if secrets were
 * replaced or forgotten meanwhile, the nodes are rendered again, because no command may bring older secrets back.
 */
async function writePrivateFiles(
  first: RenderedImages,
  planned: PlannedCluster,
  request: BuildRequest,
): Promise<PrivateFiles> {
  const { secrets, secretsFile, folders } = first.rendered
  const identity = { rootHash: secrets.rootHash, secretsFile }
  const options = { ...request, use: 'images and access' } as const
  return withResultFolders(folders, identity, options, async (folderWarnings, held) => {
    const images = (await isCurrent(first.rendered, request)) ? first : await renderNodes(planned, request)
    const { cluster, secrets: present } = images.rendered
    const access = await writeAccess(folders.access, cluster, present, { ...request.project, ...held })
    const bundles = (images.detached ?? []).map(({ plan, secretFiles }) =>
      writeSecretBundle(bundlePathOf(folders, plan.name), secretFiles, { beforeRename: held.requireHeld }),
    )
    return { images, folderWarnings, access, secretBundles: await Promise.all(bundles) }
  })
}

/** Says whether the secrets file is as it was when nodes were rendered. */
async function isCurrent({ cluster, opened }: RenderedCluster, { project }: BuildRequest): Promise<boolean> {
  return opened !== null && (await openSecretsFile(storeOf(project, cluster.name), opened)) === opened
}

/** Warns of images whose secrets were replaced while they were built. It changes nothing. */
async function warnOfChangedSecrets(
  { cluster, opened, secretsFile, nodes }: RenderedCluster,
  planned: PlannedCluster,
  { project, secretsPlace }: BuildRequest,
): Promise<readonly Problem[]> {
  const present = await openSecretsFile(storeOf(project, cluster.name), opened)
  if (present === null || present === opened) return []
  const secrets = toClusterSecrets(present.secrets, planned)
  const changed = (await renderPlans(project, planned, secrets, secretsPlace)).filter(
    ({ node }, index) => node.instanceId !== nodes[index]?.node.instanceId,
  )
  if (changed.length === 0) return []
  const names = changed.map(({ plan }) => plan.name)
  return [warning('SECRETS_CHANGED_MEANWHILE', { nodes: names }, { file: secretsFile })]
}

interface UsedBases {
  readonly bases: Bases
  readonly openBaseOf: (base: BaseImage) => OpenBase
}

interface ArtifactOutput {
  readonly request: BuildRequest
  readonly folders: ResultFolders
  readonly requireHeld: () => Promise<void>
  readonly checksums: ChecksumList
}

/** Builds the images of the nodes, several at the same time, and lists the checksum of each as soon as it is complete. */
function writeArtifacts(
  { rendered, detached }: RenderedImages,
  { bases, openBaseOf }: UsedBases,
  { request, folders, requireHeld, checksums }: ArtifactOutput,
): Promise<readonly Artifact[]> {
  return mapConcurrently(rendered.nodes, request.jobs, async (item) => {
    const base = bases.of(item)
    const artifact = await buildNodeImage(item.node, openBaseOf(base), {
      ...request,
      outFolder: folders.images,
      requireHeld,
      // A base image has a raw file only if the SHA-256 of unpacked images is asked for.
      hashOver: base.raw,
      beforeReplace: (name) => checksums.drop([name]),
    })
    await checksums.add(artifact)
    if (detached === null) await retireSecretBundle(folders, artifact, requireHeld)
    // The SHA-256 of a raw file is that of the image.
    return request.format === 'img' && request.imageHash === 'sha256'
      ? { ...artifact, imageSha256: artifact.sha256 }
      : artifact
  })
}

/** Warns if a folder of images without secrets holds others, because people publish the folder as a whole. */
async function warnOfPrivateImages(folders: ResultFolders): Promise<readonly Problem[]> {
  const images = await findPrivateImages(folders)
  if (images.length === 0) return []
  return [warning('OUTPUT_IMAGES_PRIVATE', { folder: folders.images, images }, { file: folders.images })]
}

/** Lists the warnings about base images, each once, although nodes with and without k3s have different base images. */
function warningsOf(bases: readonly BaseImage[]): readonly Problem[] {
  const problems = bases.flatMap(({ source, warnings }) =>
    warnings.map((warning): Problem => ({ severity: 'warning', ...warning, file: source, line: null, column: null })),
  )
  return [
    ...new Map(problems.map((problem) => [`${problem.code} ${problem.file} ${problem.message}`, problem])).values(),
  ]
}
