/** A reference of `os:` that could not be had, and why. */
export interface SkippedReference {
  readonly reference: string
  readonly code: string
  readonly message: string
}

/** A base image, decoded and at rest on this machine. Never written to. */
export interface BaseImage {
  /** As the user named it: catalog id, file or URL. */
  readonly reference: string
  /** Raw image file. */
  readonly path: string
  readonly byteLength: number
  /** Where its bytes came from: the local file or the URL that was fetched. */
  readonly source: string
  /** SHA-256 of the published file, where a publisher's list vouched for it. */
  readonly verifiedSha256: string | null
  /** What came before it in the list and could not be had. */
  readonly skipped: readonly SkippedReference[]
}
