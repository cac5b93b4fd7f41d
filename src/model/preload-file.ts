/** A file on this machine that is copied unchanged into the root partition of every node. */
export interface PreloadFile {
  /** Path from the root of the partition, without a leading slash. */
  readonly path: string
  /** The file with its bytes, and its `fileState` from before it was hashed; null: it is empty. */
  readonly source: { readonly path: string; readonly state: string; readonly sha256: string } | null
  /** Permission bits; the owner is root. */
  readonly mode: number
}
