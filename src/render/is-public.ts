import type { RenderedFile } from '../model/rendered-node.ts'

/** Permission bits of those who are not the owner. */
const OTHERS = 0o077

/** Says whether others than its owner may read a file: such a file holds no secret. The boot volume keeps no permissions. */
export function isPublic({ volume, mode }: Pick<RenderedFile, 'volume' | 'mode'>): boolean {
  return volume === 'boot' || (mode & OTHERS) !== 0
}
