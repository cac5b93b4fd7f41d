/** A reference of `os:` that is not available, and the reason. */
export interface SkippedReference {
  readonly reference: string
  readonly code: string
  readonly message: string
}

/** A warning about a base image that is used in spite of it. */
export interface BaseImageWarning {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** A base image on this machine. Nothing writes to it. */
export interface BaseImage {
  /** As the user named it: catalog id, file or URL. A URL is without user, password and query. */
  readonly reference: string
  /** Raw image file, or .xz with many blocks. */
  readonly path: string
  /** Of the image that is flashed. */
  readonly byteLength: number
  /** `readFileState` of the file, taken before it was checked. */
  readonly state: string
  /** Folder in the cache for the blocks of an .xz that builds read; null: the image is raw. */
  readonly blocksFolder: string | null
  /** The same image as a raw file with its `readFileState`, if the caller also asked for that; null otherwise. */
  readonly raw: { readonly path: string; readonly state: string } | null
  /** The source of its bytes: a local file, or the URL that was downloaded. */
  readonly source: string
  /** SHA-256 of the published file, if the publisher's checksum list confirms it; null otherwise. */
  readonly verifiedSha256: string | null
  /** Earlier references of the list that were not available. */
  readonly skipped: readonly SkippedReference[]
  /** For example: the publisher has no checksum for the image. */
  readonly warnings: readonly BaseImageWarning[]
}
