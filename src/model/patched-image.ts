import type { ReadableDevice } from '../disk/block-device.ts'
import type { ChangedPage } from '../disk/overlay-device.ts'
import type { XzSource } from '../xz-cache/xz-source.ts'
import type { ImageLayout } from './image-layout.ts'
import type { RenderedFile, RenderedFolder, RenderedLink } from './rendered-node.ts'

/** What an image must hold to count as built: files of both volumes and links of the root, as they were to be written. */
export interface ImageContents {
  readonly folders: readonly RenderedFolder[]
  readonly files: readonly RenderedFile[]
  readonly links: readonly RenderedLink[]
  /** Files of the root that must not be there. */
  readonly absent: readonly string[]
}

/** A base image that is open for reading. */
export interface OpenBase {
  readonly path: string
  readonly device: ReadableDevice
  /** Null where the base is a raw file. */
  readonly xz: XzSource | null
}

/** A base image with one node's edits on top, not yet written anywhere. */
export interface PatchedImage {
  readonly nodeName: string
  readonly base: OpenBase
  readonly layout: ImageLayout
  /** The whole image as it is to be written. */
  readonly device: ReadableDevice
  /** What differs from the base, by ascending offset. */
  readonly changedPages: readonly ChangedPage[]
  readonly contents: ImageContents
}
