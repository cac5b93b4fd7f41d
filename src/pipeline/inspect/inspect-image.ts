import { obtainBaseImage } from '../../base-images/obtain-base-image.ts'
import { BuildError } from '../../errors.ts'
import { requireAddressSpace } from '../../host/process-limits.ts'
import { findSecrets, type FoundSecret } from '../../image/find-secrets.ts'
import { readImageFacts } from '../../image/read-image-facts.ts'
import { withOpenBases } from '../../image/with-open-bases.ts'
import type { FlavourName } from '../../model/image-layout.ts'
import { Secret } from '../../model/secret.ts'
import type { Progress } from '../../progress.ts'
import { describeJoin, describeSeed, type JoinDescription, type SeedDescription } from '../../render/describe-seed.ts'
import { formsOf, listSecretTexts } from '../../secrets/known-secrets.ts'
import { readSecretsFile } from '../../secrets/secrets-store.ts'
import { planCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import { EVERY_NODE, type Project } from '../project/project.ts'
import { listSearchPatterns } from './list-search-patterns.ts'

export interface InspectRequest {
  /** File, URL or catalog id. */
  readonly image: string
  readonly workingFolder: string
  readonly cacheFolder: string
  /** Number of threads that unpack a whole image. */
  readonly workerCount: number
  readonly now: Date
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface InspectedPartition {
  readonly number: number
  readonly type: string
  readonly byteStart: number
  readonly byteLength: number
  readonly use: 'boot' | 'root' | 'other'
  readonly label: string | null
}

/** The contents of an image, without its secrets. */
export interface Inspection {
  readonly image: string
  readonly byteLength: number
  readonly diskId: string
  readonly partitions: readonly InspectedPartition[]
  readonly flavour: FlavourName
  readonly osName: string
  readonly cmdlinePath: string
  readonly cmdline: string
  readonly configTxtLines: readonly string[]
  readonly bootFiles: readonly string[]
  readonly rootFreeBytes: number
  readonly seed: SeedDescription
  readonly join: JoinDescription | null
}

/** Searches every byte of an image for the secrets of a cluster. Throws `SECRETS_MISSING`. */
export async function findSecretsIn(request: InspectRequest, project: Project): Promise<readonly FoundSecret[]> {
  requireAddressSpace()
  const { image, workingFolder, ...context } = request
  const { cluster } = await planCluster(project, EVERY_NODE)
  const store = storeOf(project, cluster.name)
  const file = await readSecretsFile(store)
  if (file === null) throw new BuildError('SECRETS_MISSING', { file: store.file })
  const known = [...listSecretTexts(file), ...listSearchPatterns(cluster, file.passwordSalt)]
    .flatMap(formsOf)
    .map(({ name, text }) => ({ name, text: new Secret(text) }))
  const base = await obtainBaseImage([image], { ...context, format: 'any', baseFolder: workingFolder })
  return withOpenBases([base], { workerCount: 1, signal: request.signal }, async (openBaseOf) => {
    const { device } = openBaseOf(base)
    const { layout } = await readImageFacts(device, image)
    return findSecrets(device, layout, known, (completedBytes) => {
      request.signal.throwIfAborted()
      request.progress({ step: 'search', subject: image, completedBytes, totalBytes: device.byteLength })
    })
  })
}

/** Inspects an image, raw or compressed. A compressed one is first unpacked into the cache. */
export async function inspectImage(request: InspectRequest): Promise<Inspection> {
  requireAddressSpace()
  const { image, workingFolder, ...context } = request
  const base = await obtainBaseImage([image], { ...context, format: 'any', baseFolder: workingFolder })
  return withOpenBases([base], { workerCount: 1, signal: request.signal }, async (openBaseOf) => {
    const { device } = openBaseOf(base)
    const facts = await readImageFacts(device, image)
    const { table, boot, root, flavour } = facts.layout
    return {
      image,
      byteLength: device.byteLength,
      diskId: table.diskId,
      partitions: table.partitions.map((partition) => ({
        number: partition.number,
        type: `0x${partition.type.toString(16).padStart(2, '0')}`,
        byteStart: partition.byteStart,
        byteLength: partition.byteLength,
        use: partition === boot ? 'boot' : partition === root ? 'root' : 'other',
        label: partition === boot ? facts.bootLabel : partition === root ? facts.rootLabel : null,
      })),
      flavour: flavour.name,
      osName: flavour.osName,
      cmdlinePath: flavour.cmdlinePath,
      cmdline: facts.cmdline,
      configTxtLines: facts.configTxtLines,
      bootFiles: facts.bootFiles,
      rootFreeBytes: facts.rootFreeBytes,
      seed: describeSeed(facts.seedFiles, facts.rootNetwork),
      join: facts.k3sConfig === null ? null : describeJoin(facts.k3sConfig, facts.k3sUnits),
    }
  })
}
