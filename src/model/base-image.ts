/** A reference of `os:` that could not be had, and why. */
export interface SkippedReference {
  readonly reference: string
  readonly code: string
  readonly message: string
}

/** Something doubtful about a base image that was had all the same. */
export interface BaseImageWarning {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** A base image at rest on this machine. Never written to. */
export interface BaseImage {
  /** As the user named it: catalog id, file or URL, the URL without user, password and query. */
  readonly reference: string
  /** Raw image file, or .xz with many blocks. */
  readonly path: string
  /** Of the image that is flashed. */
  readonly byteLength: number
  /** `readFileState` of an .xz from before it was identified; empty for a raw image. */
  readonly state: string
  /** Folder of the cache for the blocks of an .xz that builds touch; null: the image is raw. */
  readonly blocksFolder: string | null
  /** The same image as a raw file, where that was asked for too; null otherwise. */
  readonly rawPath: string | null
  /** Where its bytes came from: the local file or the URL that was fetched. */
  readonly source: string
  /** SHA-256 of the published file, where a publisher's list confirms it. */
  readonly verifiedSha256: string | null
  /** What came before it in the list and could not be had. */
  readonly skipped: readonly SkippedReference[]
  /** Such as an image for which no checksum was published. */
  readonly warnings: readonly BaseImageWarning[]
}
