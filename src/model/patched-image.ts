import type { ReadableDevice } from '../disk/block-device.ts'
import type { ChangedPage } from '../disk/overlay-device.ts'
import type { PinnedFile } from '../host/pinned-file.ts'
import type { XzSource } from '../xz-cache/xz-source.ts'
import type { ImageLayout } from './image-layout.ts'
import type { RenderedFile, RenderedFolder, RenderedLink } from './rendered-node.ts'

/** The expected contents of a finished image: files of both partitions and links of the root partition. */
export interface ImageContents {
  readonly folders: readonly RenderedFolder[]
  readonly files: readonly RenderedFile[]
  readonly links: readonly RenderedLink[]
  /** Files that must be missing from the root partition. */
  readonly absent: readonly string[]
}

/** A base image that is open for reading. */
export interface OpenBase {
  readonly file: PinnedFile
  /** Its data, unpacked. */
  readonly device: ReadableDevice
  /** Null where the base is a raw file. */
  readonly xz: XzSource | null
}

/** A base image with one node's edits, not yet written to a file. */
export interface PatchedImage {
  readonly nodeName: string
  readonly base: OpenBase
  readonly layout: ImageLayout
  /** The whole image, with the edits. */
  readonly device: ReadableDevice
  /** The pages that differ from the base image, by ascending offset. */
  readonly changedPages: readonly ChangedPage[]
  readonly contents: ImageContents
}
