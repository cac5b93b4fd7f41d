import type { BaseImage } from '../model/base-image.ts'

/** A base image without what the list of references adds to it. */
export type LocatedImage = Omit<BaseImage, 'reference' | 'skipped'>
