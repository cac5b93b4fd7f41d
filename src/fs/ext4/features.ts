/**
 * Feature flags of ext4, by the names that mke2fs and dumpe2fs use.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/globals.html#super-block (feature tables)
 */
import type { Ext4Superblock } from './superblock.ts'

/** `write`: tested, and e2fsck finds the volume clean after edits. `refuse`: not tested, or known to fail. */
interface Feature {
  readonly bit: number
  readonly name: string
  readonly verdict: 'write' | 'refuse'
}

const INCOMPAT: readonly Feature[] = [
  { bit: 0x1, name: 'compression', verdict: 'refuse' },
  { bit: 0x2, name: 'filetype', verdict: 'write' },
  { bit: 0x8, name: 'journal_dev', verdict: 'refuse' },
  { bit: 0x10, name: 'meta_bg', verdict: 'refuse' },
  { bit: 0x40, name: 'extent', verdict: 'write' },
  { bit: 0x80, name: '64bit', verdict: 'write' },
  { bit: 0x100, name: 'mmp', verdict: 'refuse' },
  { bit: 0x200, name: 'flex_bg', verdict: 'write' },
  { bit: 0x400, name: 'ea_inode', verdict: 'write' },
  { bit: 0x1000, name: 'dirdata', verdict: 'refuse' },
  { bit: 0x2000, name: 'metadata_csum_seed', verdict: 'write' },
  { bit: 0x4000, name: 'large_dir', verdict: 'write' },
  { bit: 0x8000, name: 'inline_data', verdict: 'write' },
  { bit: 0x10000, name: 'encrypt', verdict: 'write' },
  { bit: 0x20000, name: 'casefold', verdict: 'refuse' },
]

const RO_COMPAT: readonly Feature[] = [
  { bit: 0x1, name: 'sparse_super', verdict: 'write' },
  { bit: 0x2, name: 'large_file', verdict: 'write' },
  { bit: 0x8, name: 'huge_file', verdict: 'write' },
  { bit: 0x10, name: 'uninit_bg', verdict: 'write' },
  { bit: 0x20, name: 'dir_nlink', verdict: 'write' },
  { bit: 0x40, name: 'extra_isize', verdict: 'write' },
  // libext2fs does not update the quota files.
  { bit: 0x100, name: 'quota', verdict: 'refuse' },
  { bit: 0x200, name: 'bigalloc', verdict: 'refuse' },
  { bit: 0x400, name: 'metadata_csum', verdict: 'write' },
  { bit: 0x1000, name: 'read-only', verdict: 'refuse' },
  { bit: 0x2000, name: 'project', verdict: 'refuse' },
  { bit: 0x4000, name: 'shared_blocks', verdict: 'refuse' },
  { bit: 0x8000, name: 'verity', verdict: 'refuse' },
]

/** Set while the journal holds changes that are not yet applied. */
export const INCOMPAT_RECOVER = 0x4
/** Set while the orphan file names inodes that must still be deleted. */
export const RO_COMPAT_ORPHAN_PRESENT = 0x10000

/** Lists the features, known or unknown, that forbid writing. An empty list: the volume can be written. */
export function unsupportedFeatures(superblock: Ext4Superblock): readonly string[] {
  return [
    ...refused(superblock.incompatFeatures & ~INCOMPAT_RECOVER, INCOMPAT, 'incompatible feature'),
    ...(superblock.hasExternalJournal ? ['a journal on another device'] : []),
    ...refused(superblock.readOnlyCompatFeatures & ~RO_COMPAT_ORPHAN_PRESENT, RO_COMPAT, 'read-only feature'),
  ]
}

function refused(bits: number, known: readonly Feature[], unknownName: string): readonly string[] {
  const names: string[] = []
  for (let position = 0; position < 32; position += 1) {
    const bit = (1 << position) >>> 0
    if ((bits & bit) === 0) continue
    const feature = known.find((candidate) => candidate.bit === bit)
    if (feature === undefined) names.push(`unknown ${unknownName} 0x${bit.toString(16)}`)
    else if (feature.verdict === 'refuse') names.push(feature.name)
  }
  return names
}
