import { readU16 } from '../../bytes/little-endian.ts'
import type { FoundFile } from './inode-census.ts'
import { isShortLink } from './inode.ts'
import { damaged, type MetadataReader } from './metadata-reader.ts'

/** Throws `EXT4_DAMAGED` unless each link is as long as its target, which ends before its space does. */
export function checkLinks(reader: MetadataReader, links: readonly FoundFile[]): void {
  for (const link of links) {
    if (!link.inode.hasInlineData && !isSoundLink(reader, link)) throw damaged(`link inode ${link.number} is damaged`)
  }
}

function isSoundLink(reader: MetadataReader, { inode, blocks }: FoundFile): boolean {
  const [block] = blocks
  const isShort = isShortLink(inode)
  if (inode.hasIndex || inode.byteLength === 0 || (isShort ? inode.hasExtents : blocks.length !== 1)) return false
  const target = isShort || block === undefined ? inode.map : reader.readBlocks(block, 1)
  // An encrypted target begins with its length.
  const byteLength = inode.isEncrypted ? readU16(target, 0) + 2 : target.indexOf(0)
  return byteLength === inode.byteLength && byteLength < target.byteLength
}
