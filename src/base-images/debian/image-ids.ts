/** Ids that distinguish an image's disk and volumes from those of other images. */
export interface ImageIds {
  /** MBR disk signature, 8 hex digits: PARTUUIDs begin with it. */
  readonly disk: string
  /** FAT volume id, 8 hex digits. */
  readonly boot: string
  /** UUID of the ext4 volume, and the seed of its directory hashes. */
  readonly root: string
}

/** Derives the ids from the SHA-256 that names an image, so that the same packages give the same ids. */
export function deriveImageIds(sha256: string): ImageIds {
  const hex = (from: number, length: number): string => sha256.slice(from, from + length)
  return {
    // Zero means "none", so the first digit is not zero.
    disk: `5${hex(0, 7)}`,
    boot: `5${hex(8, 7)}`,
    // Version 8, variant 1: a custom UUID (RFC 9562, section 5.8).
    root: `${hex(16, 8)}-${hex(24, 4)}-8${hex(28, 3)}-8${hex(31, 3)}-${hex(34, 12)}`,
  }
}
