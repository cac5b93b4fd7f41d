import { readU16, readU32 } from '../../bytes/little-endian.ts'
import type { ReadableDevice } from '../../disk/block-device.ts'
import { readBytes } from '../../disk/read-bytes.ts'
import { BuildError } from '../../errors.ts'
import { crc16 } from './crc16.ts'
import { crc32c, crc32cOfU32, crc32cOfU64, crc32cOfZeroU16 } from './crc32c.ts'
import {
  decodeGroupDescriptor,
  DESCRIPTOR_CHECKSUM,
  DESCRIPTOR_CHECKSUM_BYTES,
  type GroupDescriptor,
} from './group-descriptor.ts'
import { CHECKSUM_HIGH, CHECKSUM_LOW, type Inode, SHORT_INODE_BYTES } from './inode.ts'
import { type Ext4Superblock, SUPERBLOCK_BYTES, SUPERBLOCK_CHECKSUM, SUPERBLOCK_OFFSET } from './superblock.ts'

const COMPAT_SPARSE_SUPER2 = 0x200
const INCOMPAT_METADATA_CSUM_SEED = 0x2000
const RO_COMPAT_SPARSE_SUPER = 0x1
const RO_COMPAT_UNINIT_BG = 0x10
const RO_COMPAT_METADATA_CSUM = 0x400
const ALL_ONES = 0xffffffff
const UUID_OFFSET = SUPERBLOCK_OFFSET + 0x68
const UUID_BYTES = 16

/** Makes the error for damage that e2fsck would repair. */
export function damaged(damage: string): BuildError {
  return new BuildError('EXT4_DAMAGED', { damage })
}

/** Reads the metadata of an ext4 volume and compares their checksums. Throws `EXT4_DAMAGED`. */
export class MetadataReader {
  readonly superblock: Ext4Superblock
  readonly hasChecksums: boolean
  readonly groupCount: number
  /** Blocks of all group descriptors. */
  readonly descriptorBlockCount: number
  readonly #device: ReadableDevice
  readonly #seed: number

  constructor(device: ReadableDevice, superblock: Ext4Superblock) {
    const { readOnlyCompatFeatures, incompatFeatures, blockCount, firstDataBlock, blocksPerGroup } = superblock
    this.#device = device
    this.superblock = superblock
    this.hasChecksums = (readOnlyCompatFeatures & RO_COMPAT_METADATA_CSUM) !== 0
    this.groupCount = Math.ceil((blockCount - firstDataBlock) / blocksPerGroup)
    this.descriptorBlockCount = Math.ceil(
      (this.groupCount * superblock.descriptorByteLength) / superblock.blockByteLength,
    )
    this.#seed =
      (incompatFeatures & INCOMPAT_METADATA_CSUM_SEED) !== 0 ? superblock.checksumSeed : crc32c(ALL_ONES, this.#uuid)
  }

  get #uuid(): Uint8Array {
    return readBytes(this.#device, UUID_OFFSET, UUID_BYTES)
  }

  readBlocks(block: number, count: number): Uint8Array {
    const { blockByteLength } = this.superblock
    return readBytes(this.#device, block * blockByteLength, count * blockByteLength)
  }

  requireSuperblockChecksum(): void {
    if (!this.hasChecksums) return
    const bytes = readBytes(this.#device, SUPERBLOCK_OFFSET, SUPERBLOCK_BYTES)
    const checksum = crc32c(ALL_ONES, bytes.subarray(0, SUPERBLOCK_CHECKSUM))
    if (checksum !== readU32(bytes, SUPERBLOCK_CHECKSUM)) throw damaged('the checksum of its superblock does not match')
  }

  /** Reads the descriptors of all groups. */
  readDescriptors(): readonly GroupDescriptor[] {
    const { descriptorByteLength, firstDataBlock, blockCount } = this.superblock
    if (firstDataBlock + 1 + this.descriptorBlockCount > blockCount)
      throw damaged('its group descriptors do not fit into it')
    const table = this.readBlocks(firstDataBlock + 1, this.descriptorBlockCount)
    return Array.from({ length: this.groupCount }, (_, group) => {
      const bytes = table.subarray(group * descriptorByteLength, (group + 1) * descriptorByteLength)
      const descriptor = decodeGroupDescriptor(bytes)
      const checksum = this.#descriptorChecksum(group, bytes)
      if (checksum !== null && checksum !== descriptor.checksum)
        throw damaged(`the checksum of the descriptor of group ${group} does not match`)
      return descriptor
    })
  }

  #descriptorChecksum(group: number, bytes: Uint8Array): number | null {
    const before = bytes.subarray(0, DESCRIPTOR_CHECKSUM)
    const after = bytes.subarray(DESCRIPTOR_CHECKSUM + DESCRIPTOR_CHECKSUM_BYTES)
    if (this.hasChecksums) {
      const zeros = new Uint8Array(DESCRIPTOR_CHECKSUM_BYTES)
      return crc32c(crc32c(crc32c(crc32cOfU32(this.#seed, group), before), zeros), after) & 0xffff
    }
    if ((this.superblock.readOnlyCompatFeatures & RO_COMPAT_UNINIT_BG) === 0) return null
    const number = Uint8Array.of(group, group >>> 8, group >>> 16, group >>> 24)
    return crc16(crc16(crc16(crc16(0xffff, this.#uuid), number), before), after)
  }

  /** Says whether a group begins with a copy of superblock and descriptors. */
  hasSuperblock(group: number): boolean {
    const { compatFeatures, readOnlyCompatFeatures, backupGroups } = this.superblock
    if (group === 0) return true
    if ((compatFeatures & COMPAT_SPARSE_SUPER2) !== 0) return backupGroups.includes(group)
    if ((readOnlyCompatFeatures & RO_COMPAT_SPARSE_SUPER) === 0 || group === 1) return true
    return [3, 5, 7].some((base) => isPowerOf(base, group))
  }

  /** Compares the checksum of a bitmap of `bitCount` bits. Only 16 bits of it are kept where descriptors are short. */
  requireBitmapChecksum(bitmap: Uint8Array, bitCount: number, checksum: number, name: string): void {
    if (!this.hasChecksums) return
    const mask = this.superblock.descriptorByteLength >= 64 ? ALL_ONES : 0xffff
    const computed = (crc32c(this.#seed, bitmap.subarray(0, bitCount / 8)) & mask) >>> 0
    if (computed !== checksum) throw damaged(`the checksum of the ${name} does not match`)
  }

  requireInodeChecksum(number: number, bytes: Uint8Array, inode: Inode): void {
    if (!this.hasChecksums) return
    const long = bytes.byteLength > SHORT_INODE_BYTES
    const keepsHigh = long && inode.extraByteLength >= CHECKSUM_HIGH + 2 - SHORT_INODE_BYTES
    const low = crc32cOfZeroU16(crc32c(this.inodeSeed(number, inode), bytes, 0, CHECKSUM_LOW))
    const middle = crc32c(low, bytes, CHECKSUM_LOW + 2, keepsHigh ? CHECKSUM_HIGH : bytes.byteLength)
    const computed = keepsHigh ? crc32c(crc32cOfZeroU16(middle), bytes, CHECKSUM_HIGH + 2) : middle
    const expected = readU16(bytes, CHECKSUM_LOW) + (keepsHigh ? readU16(bytes, CHECKSUM_HIGH) * 2 ** 16 : 0)
    if ((keepsHigh ? computed : computed & 0xffff) !== expected)
      throw damaged(`the checksum of inode ${number} does not match`)
  }

  /** The seed of checksums of blocks that belong to an inode: extents and directories. */
  inodeSeed(number: number, { generation }: Inode): number {
    return crc32cOfU32(crc32cOfU32(this.#seed, number), generation)
  }

  /** Compares the checksum of a block of extended attributes, in which it counts as zero. */
  requireAttributeChecksum(block: number, bytes: Uint8Array): void {
    if (!this.hasChecksums) return
    const seed = crc32cOfU64(this.#seed, block)
    const zeroed = Uint8Array.from(bytes)
    zeroed.fill(0, ATTRIBUTE_CHECKSUM, ATTRIBUTE_CHECKSUM + 4)
    if (crc32c(seed, zeroed) !== readU32(bytes, ATTRIBUTE_CHECKSUM))
      throw damaged(`the checksum of the attributes in block ${block} does not match`)
  }
}

const ATTRIBUTE_CHECKSUM = 0x10

function isPowerOf(base: number, value: number): boolean {
  let power = base
  while (power < value) power *= base
  return power === value
}
