/**
 * FAT directory entry: 32 bytes for a file and its short name, or for a part of its long one.
 * Microsoft FAT32 File System Specification 1.03 (fatgen103), "FAT Directory Structure".
 */
import { readU16, readU32 } from '../../bytes/little-endian.ts'

export const DIRECTORY_ENTRY_BYTES = 32

export type DirectoryEntry =
  /** No file: free, the label of the volume, or a part of a long name. */
  | { readonly kind: 'other' }
  | {
      readonly kind: 'file' | 'directory'
      /** Eleven bytes as one character each, in capitals, without the dot. */
      readonly name: string
      readonly firstCluster: number
      readonly byteLength: number
    }

const NAME_BYTES = 11
const ATTRIBUTES = 11
const CLUSTER_HIGH = 20
const CLUSTER_LOW = 26
const SIZE = 28

const NEVER_USED = 0x00
const DELETED = 0xe5
/** Also set in parts of long names. */
const ATTRIBUTE_LABEL = 0x08
const ATTRIBUTE_DIRECTORY = 0x10

/** Decodes an entry. `wide`: the volume is FAT32, whose numbers of FAT clusters have two halves. */
export function decodeDirectoryEntry(entry: Uint8Array, wide: boolean): DirectoryEntry {
  const [first = NEVER_USED] = entry
  const attributes = entry[ATTRIBUTES] ?? 0
  if (first === NEVER_USED || first === DELETED || (attributes & ATTRIBUTE_LABEL) !== 0) return { kind: 'other' }
  return {
    kind: (attributes & ATTRIBUTE_DIRECTORY) === 0 ? 'file' : 'directory',
    name: Buffer.from(entry.subarray(0, NAME_BYTES)).toString('latin1'),
    firstCluster: readU16(entry, CLUSTER_LOW) + (wide ? readU16(entry, CLUSTER_HIGH) * 2 ** 16 : 0),
    byteLength: readU32(entry, SIZE),
  }
}
