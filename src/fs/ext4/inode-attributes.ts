/**
 * Extended attributes: in the space of an inode after its fields, or in a block.
 * https://www.kernel.org/doc/html/latest/filesystems/ext4/dynamic.html#extended-attributes
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'
import { type Inode, SHORT_INODE_BYTES } from './inode.ts'
import { damaged } from './metadata-reader.ts'

export interface InodeAttribute {
  /** Number of the prefix of the name, such as 7 for `system.`. */
  readonly prefix: number
  readonly name: string
  /** Where the value is in the bytes of the inode or block. */
  readonly valueStart: number
  readonly valueByteLength: number
}

const MAGIC = 0xea020000
const BLOCK_HEADER_BYTES = 32
const ENTRY_BYTES = 16
const VALUE_OFFSET = 2
const VALUE_INODE = 4
const VALUE_SIZE = 8

/** Lists the attributes in an inode. An entry that is cut off ends the list. */
export function* listInodeAttributes(
  inode: Pick<Inode, 'extraByteLength'>,
  bytes: Uint8Array,
): Generator<InodeAttribute, void, undefined> {
  if (hasAttributes(inode, bytes)) yield* listEntries(bytes, firstEntry(inode), firstEntry(inode))
}

function* listEntries(bytes: Uint8Array, first: number, valueBase: number): Generator<InodeAttribute, void, undefined> {
  for (let at = first; at + ENTRY_BYTES <= bytes.byteLength && readU32(bytes, at) !== 0;) {
    const [nameLength = 0, prefix = 0] = bytes.subarray(at, at + 2)
    const name = Buffer.from(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength)).toString('latin1')
    // A value in another inode takes no space here.
    const valueByteLength = readU32(bytes, at + VALUE_INODE) === 0 ? readU32(bytes, at + VALUE_SIZE) : 0
    yield { prefix, name, valueStart: valueBase + readU16(bytes, at + VALUE_OFFSET), valueByteLength }
    at += Math.ceil((ENTRY_BYTES + nameLength) / 4) * 4
  }
}

/** Throws `EXT4_DAMAGED` if the values of attributes overlap or leave the inode. */
export function requireSoundAttributes(number: number, inode: Inode, bytes: Uint8Array): void {
  if (!areSoundValues([...listInodeAttributes(inode, bytes)], bytes))
    throw damaged(`the attributes of inode ${number} overlap or leave it`)
}

/** Throws `EXT4_DAMAGED` if the values of attributes overlap or leave their block. */
export function requireSoundAttributeBlock(block: number, bytes: Uint8Array): void {
  if (!areSoundValues([...listEntries(bytes, BLOCK_HEADER_BYTES, 0)], bytes))
    throw damaged(`the attributes in block ${block} overlap or leave it`)
}

function areSoundValues(attributes: readonly InodeAttribute[], bytes: Uint8Array): boolean {
  const values = attributes.filter(({ valueByteLength }) => valueByteLength > 0)
  let end = 0
  for (const { valueStart, valueByteLength } of values.sort((a, b) => a.valueStart - b.valueStart)) {
    if (valueStart < end || valueStart + valueByteLength > bytes.byteLength) return false
    end = valueStart + valueByteLength
  }
  return true
}

function hasAttributes(inode: Pick<Inode, 'extraByteLength'>, bytes: Uint8Array): boolean {
  const first = firstEntry(inode)
  return first <= bytes.byteLength && readU32(bytes, first - 4) === MAGIC
}

function firstEntry({ extraByteLength }: Pick<Inode, 'extraByteLength'>): number {
  return SHORT_INODE_BYTES + extraByteLength + 4
}
