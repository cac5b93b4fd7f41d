import { dirname, resolve } from 'node:path'
import type { StoredFormat } from '../../base-images/format/convert-image.ts'
import { obtainBaseImage, type ObtainBaseImageOptions } from '../../base-images/obtain-base-image.ts'
import { BuildError } from '../../errors.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { K3sPlan } from '../../model/node-plan.ts'
import type { RenderedPlan } from '../render/render-cluster.ts'
import type { BuildRequest } from './build-request.ts'
import { preloadBase } from './preload-base.ts'
import { repairBase } from './repair-base.ts'

/** The base images of a build, in every format that it needs. */
export interface Bases {
  /** Each base image once, in the format from which the results are made. */
  readonly all: readonly BaseImage[]
  of(node: PlannedNode): BaseImage
}

type PlannedNode = Pick<RenderedPlan, 'plan'>

/** Resolves each list of references once, however many nodes have it. For nodes with `install: offline`, adds k3s to the base image. */
export async function obtainBases(nodes: readonly PlannedNode[], request: BuildRequest): Promise<Bases> {
  const format = request.format === 'img' ? 'raw' : 'xz'
  const bases = new Map<string, BaseImage>()
  for (const node of nodes) {
    const key = baseKeyOf(node, request)
    if (!bases.has(key)) bases.set(key, await obtainBase(node, format, request))
  }
  const find = (node: PlannedNode): BaseImage => {
    const base = bases.get(baseKeyOf(node, request))
    if (base === undefined) throw new BuildError('BUG', { state: `no base image for ${node.plan.name}` })
    return base
  }
  return { all: [...bases.values()], of: find }
}

async function obtainBase(node: PlannedNode, format: StoredFormat, request: BuildRequest): Promise<BaseImage> {
  const k3s = carriedK3s(node)
  const options: Omit<ObtainBaseImageOptions, 'format'> = {
    cacheFolder: request.cacheFolder,
    workerCount: request.workerCount,
    // A path on the command line is relative to the working folder. A path in the cluster file is relative to that file.
    baseFolder: request.base === null ? dirname(resolve(request.project.clusterFile)) : request.project.workingFolder,
    debian: request.debian,
    recheck: request.verify === 'every-byte',
    now: request.now,
    signal: request.signal,
    progress: request.progress,
  }
  const references = referencesOf(node, request)
  const obtainRaw = (): Promise<BaseImage> => obtainBaseImage(references, { ...options, format: 'raw' })
  const obtainSound = async (stored: StoredFormat, base: BaseImage): Promise<BaseImage> =>
    request.repair ? repairBase(base, stored, obtainRaw, options) : base
  if (k3s !== null) return preloadBase(await obtainSound('raw', await obtainRaw()), k3s, format, options)
  const alsoRaw = format === 'xz' && request.imageHash === 'sha256'
  return obtainSound(format, await obtainBaseImage(references, { ...options, format, alsoRaw }))
}

function referencesOf({ plan }: PlannedNode, request: BuildRequest): readonly string[] {
  return request.base === null ? plan.os : [request.base]
}

/** Returns the k3s that is in a node's image; null where the node downloads it at first boot or has no k3s. */
function carriedK3s({ plan }: PlannedNode): K3sPlan | null {
  return plan.k3s?.install === 'offline' ? plan.k3s : null
}

/** Makes the key by which nodes share a base image. The files of k3s are the same in a whole cluster. */
function baseKeyOf(node: PlannedNode, request: BuildRequest): string {
  return [...referencesOf(node, request), carriedK3s(node) === null ? '' : 'k3s'].join('\n')
}
