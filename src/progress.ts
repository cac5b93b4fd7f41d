/**
 * What long work is doing.
 *
 * - `wait`: another build holds the same cache entry.
 * - `check`: every block of an .xz is decoded once.
 * - `pack`: a raw image is packed into the cache.
 * - `repair`: programs of this machine repair a copy of a base image.
 * - `preload`: files that all nodes share go into the base image.
 * - `skip`: a base image is not available, and the next one is tried.
 * - `discard`: a cached file differs from its SHA-256, and is made again.
 * - `look up`: bantam asks a mirror which packages it has.
 * - `assemble`: a system is made from packages; its bytes are the installed sizes of the packages.
 */
export type ProgressStep =
  | 'wait'
  | 'skip'
  | 'discard'
  | 'look up'
  | 'download'
  | 'hash'
  | 'decompress'
  | 'check'
  | 'assemble'
  | 'pack'
  | 'repair'
  | 'preload'
  | 'write'
  | 'verify'
  | 'search'

/** One report of long work. */
export interface ProgressEvent {
  readonly step: ProgressStep
  /** The thing that the step works on, for people: a file name, a node name. */
  readonly subject: string
  readonly completedBytes: number
  /** Null where the total is not known beforehand. */
  readonly totalBytes: number | null
}

/** Receives reports of long work. It is called often, so it must be cheap. */
export type Progress = (event: ProgressEvent) => void
