import type { RenderedFile } from '../model/rendered-node.ts'

/** Permission bits of users other than the owner. */
const OTHERS = 0o077

/** Says whether users other than the owner may read a file. Such a file holds no secret. The boot partition stores no permissions. */
export function isPublic({ volume, mode }: Pick<RenderedFile, 'volume' | 'mode'>): boolean {
  return volume === 'boot' || (mode & OTHERS) !== 0
}
