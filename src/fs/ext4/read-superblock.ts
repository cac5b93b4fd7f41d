import type { ReadableDevice } from '../../disk/block-device.ts'
import { BuildError } from '../../errors.ts'
import { INCOMPAT_RECOVER, RO_COMPAT_ORPHAN_PRESENT, unsupportedFeatures } from './features.ts'
import { decodeExt4Superblock, SUPERBLOCK_BYTES, SUPERBLOCK_OFFSET, type Ext4Superblock } from './superblock.ts'

/**
 * Reads the superblock of a volume. Throws `EXT4_INVALID` if there is none, or if it claims a size that the volume does
 * not have.
 */
export function readSuperblock(device: ReadableDevice): Ext4Superblock {
  if (device.byteLength < SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES) throw notExt4()
  const bytes = new Uint8Array(SUPERBLOCK_BYTES)
  device.read(SUPERBLOCK_OFFSET, bytes)
  const superblock = decodeExt4Superblock(bytes)
  if (superblock === null) throw notExt4()
  if (superblock.blockCount * superblock.blockByteLength > device.byteLength) {
    throw new BuildError('EXT4_INVALID', { reason: 'it is longer than its partition' })
  }
  return superblock
}

/** Throws `EXT4_FEATURE_UNSUPPORTED` if a volume uses features that libext2fs does not know or does not maintain. */
export function requireSupported(superblock: Ext4Superblock): void {
  const features = unsupportedFeatures(superblock)
  if (features.length > 0) throw new BuildError('EXT4_FEATURE_UNSUPPORTED', { features })
}

/** Throws `EXT4_NEEDS_RECOVERY` if a volume's journal or orphans must be processed at the next mount. */
export function requireRecovered(superblock: Ext4Superblock): void {
  const reason = pendingWork(superblock)
  if (reason !== null) throw new BuildError('EXT4_NEEDS_RECOVERY', { reason })
}

function pendingWork(superblock: Ext4Superblock): string | null {
  if ((superblock.incompatFeatures & INCOMPAT_RECOVER) !== 0) return 'its journal holds changes to recover'
  if ((superblock.readOnlyCompatFeatures & RO_COMPAT_ORPHAN_PRESENT) !== 0) return 'its orphan file is not empty'
  if (superblock.lastOrphan !== 0) return 'its list of orphaned inodes is not empty'
  if (superblock.hasErrors) return 'the kernel marked it as damaged'
  return superblock.clean ? null : 'it is not marked clean'
}

function notExt4(): BuildError {
  return new BuildError('EXT4_INVALID', { reason: 'it has no ext4 superblock' })
}
