import type { ReadFrom } from '../host/hash-stored-file.ts'

/** Formats of images: raw, or an .xz file that flashing tools unpack while they write. */
export const artifactFormats = ['img', 'img.xz'] as const
export type ArtifactFormat = (typeof artifactFormats)[number]

/** A finished image in `out/<cluster>/`. */
export interface Artifact {
  readonly node: string
  readonly path: string
  readonly format: ArtifactFormat
  /** Of the file as written. */
  readonly byteLength: number
  /** Of the file as written, lower-case hex. */
  readonly sha256: string
  /** Of the image that is flashed. */
  readonly imageByteLength: number
  /** Of the image that is flashed, lower-case hex. Only if the caller asked for it. */
  readonly imageSha256?: string
  /** Where the file was read back from before it got its name: the disk itself, or the memory of the kernel. */
  readonly readFrom: ReadFrom
}
