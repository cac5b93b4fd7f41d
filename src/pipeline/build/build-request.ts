import type { DebianOptions } from '../../base-images/debian/resolve-debian-image.ts'
import type { ArtifactFormat } from '../../model/artifact.ts'
import type { Progress } from '../../progress.ts'
import type { SecretsPlace } from '../../render/render-node.ts'
import type { Project, Selection } from '../project/project.ts'

export interface BuildRequest {
  readonly project: Project
  readonly selection: Selection
  /** Base image that replaces the `os` of every node; null: as in the cluster file. */
  readonly base: string | null
  /** Whether a copy of a base image with damaged volumes is repaired. False: the base image is refused. */
  readonly repair: boolean
  /** How a Debian image is assembled; null: no image is assembled. */
  readonly debian: DebianOptions | null
  readonly cacheFolder: string
  /** Number of nodes that are built at the same time. */
  readonly jobs: number
  /** Number of threads that pack and unpack. It does not depend on `jobs`, so that work for all nodes ends as soon as possible. */
  readonly workerCount: number
  /** Where the secrets of nodes are: in their images, or in files to copy to the cards. */
  readonly secretsPlace: SecretsPlace
  readonly verify: 'edits' | 'every-byte'
  /** Whether images are flushed to the disk and read back from there, so that they outlast a power cut. */
  readonly flush: boolean
  readonly format: ArtifactFormat
  /** Whether to compute the SHA-256 of each unpacked image. */
  readonly imageHash: 'none' | 'sha256'
  /** Time of the files that bantam writes into images; null: the base image's last write time. */
  readonly clock: Date | null
  /** Written into the cache, never into an image. */
  readonly now: Date
  readonly signal: AbortSignal
  readonly progress: Progress
}
