import type { ReadableDevice } from '../disk/block-device.ts'
import type { ChangedPage } from '../disk/overlay-device.ts'
import type { ImageLayout } from './image-layout.ts'
import type { RenderedFile, RenderedLink } from './rendered-node.ts'

/** What an image must hold to count as built: files of both volumes and links of the root, as they were to be written. */
export interface ImageContents {
  readonly files: readonly RenderedFile[]
  readonly links: readonly RenderedLink[]
}

/** A base image with one node's edits on top, not yet written anywhere. */
export interface PatchedImage {
  readonly nodeName: string
  /** The base image's raw file, as it is. */
  readonly basePath: string
  readonly layout: ImageLayout
  /** The whole image as it is to be written. */
  readonly device: ReadableDevice
  /** What differs from the base, by ascending offset. */
  readonly changedPages: readonly ChangedPage[]
  readonly contents: ImageContents
}
