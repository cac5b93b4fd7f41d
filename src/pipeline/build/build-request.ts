import type { DebianOptions } from '../../base-images/debian/resolve-debian-image.ts'
import type { ArtifactFormat } from '../../model/artifact.ts'
import type { Progress } from '../../progress.ts'
import type { SecretsPlace } from '../../render/render-node.ts'
import type { Project, Selection } from '../project/project.ts'

export interface BuildRequest {
  readonly project: Project
  readonly selection: Selection
  /** Overrides the `os` of every node; null where the cluster file decides. */
  readonly base: string | null
  /** How a Debian image is assembled; null: none is. */
  readonly debian: DebianOptions | null
  readonly cacheFolder: string
  /** Nodes at work at a time. */
  readonly jobs: number
  /** Threads that pack and unpack, whatever `jobs` says: what is done once for all nodes is then done soonest. */
  readonly workerCount: number
  /** Where nodes get their secrets from: their image, or a file to be put onto the card. */
  readonly secretsPlace: SecretsPlace
  readonly verify: 'edits' | 'every-byte'
  readonly format: ArtifactFormat
  /** Whether to give the SHA-256 of each image as it is flashed. */
  readonly imageHash: 'none' | 'sha256'
  /** Stamps files in the images; null: the base image's last write time. */
  readonly clock: Date | null
  /** Noted in the cache, never in an image. */
  readonly now: Date
  readonly signal: AbortSignal
  readonly progress: Progress
}
