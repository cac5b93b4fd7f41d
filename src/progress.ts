/**
 * What long work is doing. `wait`: another build holds the same cache entry; `check`: every block of an .xz is decoded once; `pack`: a
 * raw image is packed into the cache; `preload`: files that all nodes share go into the base image; `skip`: a base image is not available,
 * and the next one is tried; `look up`: a mirror is asked which packages it has; `assemble`: a system is made from packages, whose
 * installed sizes are the bytes.
 */
export type ProgressStep =
  | 'wait'
  | 'skip'
  | 'look up'
  | 'download'
  | 'hash'
  | 'decompress'
  | 'check'
  | 'assemble'
  | 'pack'
  | 'preload'
  | 'write'
  | 'verify'
  | 'search'

/** One sign of life of long work. */
export interface ProgressEvent {
  readonly step: ProgressStep
  /** What is worked on, for people: a file name, a node name. */
  readonly subject: string
  readonly completedBytes: number
  /** Null where the total cannot be known beforehand. */
  readonly totalBytes: number | null
}

/** Receives signs of life; called often, so it must be cheap. */
export type Progress = (event: ProgressEvent) => void
