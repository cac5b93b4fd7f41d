/** A file at rest on this machine that goes, as it is, into the ext4 root of every node. */
export interface PreloadFile {
  /** Path from the volume's root, without a leading slash. */
  readonly path: string
  /** Where its bytes are; null: it is empty. */
  readonly source: { readonly path: string; readonly sha256: string } | null
  /** Permission bits; the owner is root. */
  readonly mode: number
}
