import { rm } from 'node:fs/promises'
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
import { type DetachedNode, detachSecrets } from '../../render/detach-secrets.ts'
import { warning } from '../../yaml-source/describe-problem.ts'
import { openResultFolders } from '../access/open-result-folders.ts'
import { type AccessFiles, writeAccess } from '../access/write-access.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { bundlePathOf, type ResultFolders } from '../project/result-folders.ts'
import { type RenderedCluster, renderCluster } from '../render/render-cluster.ts'
import { buildNodeImage } from './build-node-image.ts'
import type { BuildRequest } from './build-request.ts'
import { findPrivateImages } from './find-private-images.ts'
import { mapConcurrently } from './map-concurrently.ts'
import { describeNextSteps } from './next-steps.ts'
import { type Bases, obtainBases } from './obtain-bases.ts'
import { obtainBasesOfFirstBuild, requireClockAfter } from './require-clock.ts'
import { requireOtherFiles } from './require-other-files.ts'
import { warnOfBoard } from './warn-of-board.ts'
import { withOutputFolder } from './with-output-folder.ts'

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
  const planned = await planCluster(project, request.selection)
  const firstBases = await obtainBasesOfFirstBuild(planned, request)
  const { rendered, detached } = await renderNodes(planned, request)
  const bases = firstBases ?? (await obtainBases(rendered.nodes, request))
  const { folders } = rendered
  const outFolder = folders.images
  await requireOtherFiles(
    bases.all,
    rendered.nodes.map(({ plan }) => join(outFolder, `${plan.name}.${request.format}`)),
  )
  const written = await withOutputFolder(outFolder, request, async ({ signal, requireHeld }) => {
    const { secrets, secretsFile, cluster } = rendered
    const identity = { rootHash: secrets.rootHash, secretsFile }
    const folderWarnings = await openResultFolders(folders, identity, 'images and access')
    const access = await writeAccess(folders.access, cluster, secrets, project)
    const secretBundles = await writeSecretBundles(rendered, detached)
    const checksums = new ChecksumList(outFolder, { requireHeld, flush: request.flush })
    const output = { request: { ...request, signal }, outFolder, requireHeld, checksums }
    const artifacts = await writeArtifacts(rendered.nodes, bases, output)
    return { folderWarnings, artifacts, access, secretBundles, checksumFile: checksums.path }
  })
  const firstNode = rendered.nodes[0]?.plan.name ?? ''
  return {
    cluster: rendered.cluster.name,
    artifacts: written.artifacts,
    bases: bases.all,
    warnings: [
      ...rendered.warnings,
      ...written.folderWarnings,
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

/** Writes the detached secrets of nodes. Removes those of an earlier build where images hold their secrets. */
async function writeSecretBundles(
  { folders, nodes }: RenderedCluster,
  detached: RenderedImages['detached'],
): Promise<readonly string[]> {
  const bundleOf = ({ name }: NodePlan): string => bundlePathOf(folders, name)
  if (detached !== null)
    return Promise.all(detached.map(({ plan, secretFiles }) => writeSecretBundle(bundleOf(plan), secretFiles)))
  await Promise.all(nodes.map(({ plan }) => rm(bundleOf(plan), { force: true })))
  return []
}

interface ArtifactOutput {
  readonly request: BuildRequest
  readonly outFolder: string
  readonly requireHeld: () => Promise<void>
  readonly checksums: ChecksumList
}

/** Builds the images of the nodes, several at the same time, and lists the checksum of each as soon as it is complete. */
function writeArtifacts(
  nodes: RenderedCluster['nodes'],
  bases: Bases,
  { request, outFolder, requireHeld, checksums }: ArtifactOutput,
): Promise<readonly Artifact[]> {
  return withOpenBases(bases.all, request, async (openBaseOf) => {
    for (const base of bases.all) {
      await checkBase(openBaseOf(base))
      await requireClockAfter(openBaseOf(base), base, request.project.now)
    }
    return mapConcurrently(nodes, request.jobs, async (item) => {
      const base = bases.of(item)
      const artifact = await buildNodeImage(item.node, openBaseOf(base), {
        ...request,
        outFolder,
        requireHeld,
        // A base image has a raw file only if the SHA-256 of unpacked images is asked for.
        hashOver: base.raw,
        beforeReplace: (name) => checksums.drop([name]),
      })
      await checksums.add(artifact)
      // The SHA-256 of a raw file is that of the image.
      return request.format === 'img' && request.imageHash === 'sha256'
        ? { ...artifact, imageSha256: artifact.sha256 }
        : artifact
    })
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
