import type { BaseImage } from '../../model/base-image.ts'
import type { StoredImage } from './stored-image.ts'

/** A base image before it has a form, and without what the list of references adds to it. */
export interface LocatedImage extends Pick<BaseImage, 'source' | 'verifiedSha256' | 'warnings'> {
  readonly stored: StoredImage
}
