import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ChecksumList } from '../artifact/checksum-list.ts'
import { writeFileAtomically } from '../artifact/write-file-atomically.ts'
import { writeRawImage } from '../artifact/write-raw-image.ts'
import { BuildError } from '../errors.ts'
import { withPatchedImage } from '../image/patch-image.ts'
import { verifyImage } from '../image/verify-image.ts'
import type { Artifact } from '../model/artifact.ts'
import type { BaseImage } from '../model/base-image.ts'
import type { ClusterSecrets } from '../model/cluster.ts'
import type { K3sPlan } from '../model/node-plan.ts'
import type { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { reveal } from '../model/secret.ts'
import { withLock } from '../os/with-lock.ts'
import { obtainBaseImage } from '../os/obtain-base-image.ts'
import { hideFromGit } from './hide-from-git.ts'
import { mapConcurrently } from './map-concurrently.ts'
import type { Project, Selection } from './project.ts'
import { renderCluster, type RenderedPlan } from './render-cluster.ts'
import { stockBase } from './stock-base.ts'

export interface BuildRequest {
  readonly project: Project
  readonly selection: Selection
  /** Overrides the `os` of every node; null where the cluster file decides. */
  readonly base: string | null
  readonly cacheFolder: string
  /** Nodes at work at a time. */
  readonly jobs: number
  readonly verify: 'edits' | 'every-byte'
  /** Stamps files in the images; null: the base image's last write time. */
  readonly clock: Date | null
  /** Noted in the cache, never in an image. */
  readonly now: Date
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface BuildResult {
  readonly cluster: string
  /** In the order of the cluster file. */
  readonly artifacts: readonly Artifact[]
  /** The base images that were used, each once. */
  readonly bases: readonly BaseImage[]
  readonly warnings: readonly Problem[]
  readonly checksumFile: string
  readonly secretsFile: string
  /** Private key for the nodes' admin user, where bantam made the pair; null otherwise. */
  readonly keyFile: string | null
  /** The first node as `ssh` names it, such as `bantam@192.168.1.10`. */
  readonly login: string
}

/** Builds one image per chosen node. An image gets its name complete and verified, or not at all. */
export async function buildImages(request: BuildRequest): Promise<BuildResult> {
  const { project } = request
  const rendered = await renderCluster(project, request.selection)
  const bases = await obtainBases(rendered.nodes, request)
  const outFolder = join(project.outFolder, rendered.cluster.name)
  await hideFromGit(outFolder, '*')
  const keyFile = await writeKeyPair(outFolder, rendered.secrets)
  const checksums = new ChecksumList(outFolder)
  await requireOtherFiles([...bases.values()], rendered.nodes.map(({ plan }) => join(outFolder, `${plan.name}.img`)))
  const artifacts = await withOutputFolder(outFolder, request, (signal) =>
    mapConcurrently(rendered.nodes, request.jobs, async (item) => {
      const artifact = await buildImage(item, baseOf(item, bases, request), outFolder, checksums, { ...request, signal })
      await checksums.add(artifact)
      return artifact
    }))
  return {
    cluster: rendered.cluster.name,
    artifacts,
    bases: [...bases.values()],
    warnings: [...rendered.warnings, ...warningsOf([...bases.values()])],
    checksumFile: checksums.path,
    secretsFile: rendered.secretsFile,
    keyFile,
    login: loginOf(rendered.nodes),
  }
}

function loginOf([first]: readonly RenderedPlan[]): string {
  if (first === undefined) throw new BuildError('BUG', { state: 'a build without nodes' })
  const { admin, name, network } = first.plan
  return `${admin.user}@${network.address?.replace(/\/.*/, '') ?? `${name}.local`}`
}

/** Refuses to replace a base image, whatever names lead to it. */
async function requireOtherFiles(bases: readonly BaseImage[], targets: readonly string[]): Promise<void> {
  const identity = async (path: string): Promise<string | null> => stat(path).then(({ dev, ino }) => `${dev} ${ino}`, () => null)
  const baseFiles = new Set(await Promise.all(bases.map(({ path }) => identity(path))))
  for (const path of targets) {
    const target = await identity(path)
    if (target !== null && baseFiles.has(target)) throw new BuildError('OUTPUT_IS_BASE', { path })
  }
}

/** One build at a time writes into a folder: two would remove each other's unfinished images. */
function withOutputFolder<T>(outFolder: string, request: BuildRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const onWait = (): void => {
    request.progress({ step: 'wait', subject: outFolder, completedBytes: 0, totalBytes: null })
  }
  return withLock(join(outFolder, '.lock'), { signal: request.signal, onWait }, work)
}

/** What is doubtful about the base images, each once although nodes with and without k3s have a base of their own. */
function warningsOf(bases: readonly BaseImage[]): readonly Problem[] {
  const problems = bases.flatMap(({ source, warnings }) =>
    warnings.map((warning): Problem => ({ severity: 'warning', ...warning, file: source, line: null, column: null })))
  return [...new Map(problems.map((problem) => [`${problem.code} ${problem.file}`, problem])).values()]
}

function referencesOf({ plan }: RenderedPlan, request: BuildRequest): readonly string[] {
  return request.base === null ? plan.os : [request.base]
}

/** The k3s that a node's image carries; null where it is fetched at first boot, or not wanted. */
function carriedK3s({ plan }: RenderedPlan): K3sPlan | null {
  return plan.k3s?.install === 'offline' ? plan.k3s : null
}

/** Nodes with the same key share a base image. What k3s is made of is the same in a whole cluster. */
function baseKeyOf(node: RenderedPlan, request: BuildRequest): string {
  return [...referencesOf(node, request), carriedK3s(node) === null ? '' : 'k3s'].join('\n')
}

/** Obtains each list of references once, however many nodes name it, with k3s in it where nodes want that. */
async function obtainBases(
  nodes: readonly RenderedPlan[],
  request: BuildRequest,
): Promise<ReadonlyMap<string, BaseImage>> {
  const bases = new Map<string, BaseImage>()
  for (const node of nodes) {
    const key = baseKeyOf(node, request)
    if (bases.has(key)) continue
    const base = await obtainBaseImage(referencesOf(node, request), {
      cacheFolder: request.cacheFolder,
      // A path on the command line starts where the user stands, one in the cluster file beside that file.
      baseFolder: request.base === null ? dirname(resolve(request.project.clusterFile)) : request.project.workingFolder,
      now: request.now,
      signal: request.signal,
      progress: request.progress,
    })
    const k3s = carriedK3s(node)
    bases.set(key, k3s === null ? base : await stockBase(base, k3s, request))
  }
  return bases
}

function baseOf(node: RenderedPlan, bases: ReadonlyMap<string, BaseImage>, request: BuildRequest): BaseImage {
  const base = bases.get(baseKeyOf(node, request))
  if (base === undefined) throw new BuildError('BUG', { state: `no base image for ${node.plan.name}` })
  return base
}

async function buildImage(
  { node }: RenderedPlan,
  base: BaseImage,
  outFolder: string,
  checksums: ChecksumList,
  request: BuildRequest,
): Promise<Artifact> {
  const { clock, verify, signal, progress } = request
  return withPatchedImage(base, node, clock, (image) =>
    writeRawImage(image, {
      outFolder,
      readBack: (written) => verifyImage(written, image),
      beforeReplace: (name) => checksums.drop([name]),
      verify,
      signal,
      progress,
    }),
  )
}

/** ssh needs the pair as files; a cluster with the user's own key needs none. */
async function writeKeyPair(outFolder: string, { adminKeyPair }: ClusterSecrets): Promise<string | null> {
  if (adminKeyPair === null) return null
  const path = join(outFolder, 'id_ed25519')
  await writeFileAtomically(path, reveal(adminKeyPair.privateKey), 0o600)
  await writeFileAtomically(`${path}.pub`, `${adminKeyPair.publicKey.trimEnd()}\n`, 0o644)
  return path
}
