import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ChecksumList } from '../../artifact/checksum-list.ts'
import { writeSecretBundle } from '../../artifact/write-secret-bundle.ts'
import { BuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import { readFileState } from '../../host/file-state.ts'
import { withLock } from '../../host/with-lock.ts'
import { checkBase } from '../../image/check-base.ts'
import { withOpenBases } from '../../image/with-open-bases.ts'
import type { Artifact } from '../../model/artifact.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import type { OperatorStep } from '../../model/operator-step.ts'
import { type DetachedNode, detachSecrets } from '../../render/detach-secrets.ts'
import { hideFromGit } from '../access/hide-from-git.ts'
import { type AccessFiles, writeAccess } from '../access/write-access.ts'
import { type RenderedCluster, renderCluster } from '../render/render-cluster.ts'
import { buildNodeImage } from './build-node-image.ts'
import type { BuildRequest } from './build-request.ts'
import { mapConcurrently } from './map-concurrently.ts'
import { describeNextSteps } from './next-steps.ts'
import { type Bases, obtainBases } from './obtain-bases.ts'
import { warnOfBoard } from './warn-of-board.ts'

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
  const { project } = request
  const { rendered, detached } = await renderNodes(request)
  const bases = await obtainBases(rendered.nodes, request)
  const outFolder = join(project.outFolder, rendered.cluster.name)
  await hideFromGit(outFolder, '*')
  const access = await writeAccess(outFolder, rendered.cluster, rendered.secrets, project.now)
  const secretBundles = await writeSecretBundles(outFolder, rendered.nodes, detached)
  const checksums = new ChecksumList(outFolder)
  await requireOtherFiles(
    bases.all,
    rendered.nodes.map(({ plan }) => join(outFolder, `${plan.name}.${request.format}`)),
  )
  const artifacts = await writeArtifacts(rendered.nodes, bases, { request, outFolder, checksums })
  const firstNode = rendered.nodes[0]?.plan.name ?? ''
  return {
    cluster: rendered.cluster.name,
    artifacts,
    bases: bases.all,
    warnings: [
      ...rendered.warnings,
      ...warningsOf(bases.all),
      ...rendered.nodes.flatMap((item) => warnOfBoard(item.plan, bases.of(item))),
    ],
    checksumFile: checksums.path,
    secretsFile: rendered.secretsFile,
    access,
    secretBundles,
    firstNode,
    nextSteps: describeNextSteps({ artifacts, access, secretBundles, firstNode }, project),
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
async function renderNodes({ project, selection, secretsPlace }: BuildRequest): Promise<RenderedImages> {
  const rendered = await renderCluster(project, selection, { secretsPlace, renewal: 'expiring' })
  if (secretsPlace === 'image') return { rendered, detached: null }
  const nodes = rendered.nodes.map(({ plan, node }) => ({ plan, ...detachSecrets(node) }))
  return { rendered: { ...rendered, nodes }, detached: nodes }
}

/** Writes the detached secrets of nodes. Removes those of an earlier build where images hold their secrets. */
async function writeSecretBundles(
  outFolder: string,
  nodes: RenderedCluster['nodes'],
  detached: RenderedImages['detached'],
): Promise<readonly string[]> {
  const bundleOf = ({ name }: NodePlan): string => join(outFolder, `${name}.secrets.tar`)
  if (detached !== null)
    return Promise.all(detached.map(({ plan, secretFiles }) => writeSecretBundle(bundleOf(plan), secretFiles)))
  await Promise.all(nodes.map(({ plan }) => rm(bundleOf(plan), { force: true })))
  return []
}

interface ArtifactOutput {
  readonly request: BuildRequest
  readonly outFolder: string
  readonly checksums: ChecksumList
}

/** Builds the images of the nodes, several at the same time, and lists the checksum of each as soon as it is complete. */
function writeArtifacts(
  nodes: RenderedCluster['nodes'],
  bases: Bases,
  { request, outFolder, checksums }: ArtifactOutput,
): Promise<readonly Artifact[]> {
  // A base image has a raw file only if the SHA-256 of unpacked images is asked for.
  const rawStates = new Map(
    bases.all.flatMap((base) =>
      base.rawPath === null ? [] : [[base, { path: base.rawPath, state: readFileState(base.rawPath) }] as const],
    ),
  )
  return withOutputFolder(outFolder, request, (signal) =>
    withOpenBases(bases.all, { workerCount: request.workerCount, signal }, async (openBaseOf) => {
      for (const base of bases.all) await checkBase(openBaseOf(base))
      return mapConcurrently(nodes, request.jobs, async (item) => {
        const artifact = await buildNodeImage(item.node, openBaseOf(bases.of(item)), {
          ...request,
          outFolder,
          signal,
          hashOver: rawStates.get(bases.of(item)) ?? null,
          beforeReplace: (name) => checksums.drop([name]),
        })
        await checksums.add(artifact)
        // The SHA-256 of a raw file is that of the image.
        return request.format === 'img' && request.imageHash === 'sha256'
          ? { ...artifact, imageSha256: artifact.sha256 }
          : artifact
      })
    }),
  )
}

/** Refuses to replace a base image, also if links give it several names. */
async function requireOtherFiles(bases: readonly BaseImage[], targets: readonly string[]): Promise<void> {
  const identity = async (path: string): Promise<string | null> =>
    stat(path).then(
      ({ dev, ino }) => `${dev} ${ino}`,
      () => null,
    )
  const baseFiles = new Set(await Promise.all(bases.flatMap(({ path, source }) => [identity(path), identity(source)])))
  for (const path of targets) {
    const target = await identity(path)
    if (target !== null && baseFiles.has(target)) throw new BuildError('OUTPUT_IS_BASE', { path })
  }
}

/** Lets only one build at a time write into a folder: two would delete each other's unfinished images. */
function withOutputFolder<T>(
  outFolder: string,
  request: BuildRequest,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const onWait = (): void => {
    request.progress({ step: 'wait', subject: outFolder, completedBytes: 0, totalBytes: null })
  }
  // File system code may block this thread while many blocks are unpacked. The lock's heartbeat stops meanwhile, so it gets more time.
  const timing = { pollMs: 200, heartbeatMs: 1_000, staleAfterMs: 30_000 }
  return withLock(join(outFolder, '.lock'), { signal: request.signal, onWait, timing }, work)
}

/** Lists the warnings about base images, each once, although nodes with and without k3s have different base images. */
function warningsOf(bases: readonly BaseImage[]): readonly Problem[] {
  const problems = bases.flatMap(({ source, warnings }) =>
    warnings.map((warning): Problem => ({ severity: 'warning', ...warning, file: source, line: null, column: null })),
  )
  return [...new Map(problems.map((problem) => [`${problem.code} ${problem.file}`, problem])).values()]
}
