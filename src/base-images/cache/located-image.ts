import type { BaseImage } from '../../model/base-image.ts'
import type { StoredImage } from './stored-image.ts'

/** A base image before it is converted to a format, without the fields that the list of references adds. */
export interface LocatedImage extends Pick<BaseImage, 'source' | 'verifiedSha256' | 'warnings'> {
  readonly stored: StoredImage
}
