/**
 * The parameter `root` of the kernel command line, which names the root partition.
 * https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html (root=), block/early-lookup.c; LABEL= and
 * UUID= are resolved by the initramfs.
 */
import type { Partition } from '../partition/read-partition-table.ts'

/** What `root=` can name a partition by. */
export interface RootCandidate {
  readonly partition: Partition
  /** Eight digits for the disk and two for the partition, both hexadecimal. */
  readonly partUuid: string
  /** Label and UUID of the ext4 volume in it. Null: it holds none. */
  readonly volume: { readonly label: string; readonly uuid: string } | null
}

/** `mmcblk0p2`, `nvme0n1p2`, `sda2`: the disk's name depends on the board, so only the partition number counts. */
const DEVICE = /^\/dev\/(?:(?:mmcblk\d+|nvme\d+n\d+|loop\d+|nbd\d+)p|(?:sd|vd|xvd|hd)[a-z]+)(\d+)$/
/** A name that the kernel, the initramfs or udev finds by an identifier. */
const IDENTIFIER = /^(?:(PARTUUID|LABEL|UUID)=|\/dev\/disk\/by-(partuuid|label|uuid)\/)(.*)$/

/** Returns the partitions that a value of `root=` names. An empty list: none, or the value is of another kind. */
export function findRoot(root: string, candidates: readonly RootCandidate[]): readonly RootCandidate[] {
  const number = DEVICE.exec(root)?.[1]
  if (number !== undefined) return candidates.filter(({ partition }) => partition.number === Number(number))
  const [, tag, folder, name = ''] = IDENTIFIER.exec(root) ?? []
  switch (tag ?? folder?.toUpperCase()) {
    case 'PARTUUID':
      return candidates.filter(({ partUuid }) => partUuid === name.toLowerCase())
    case 'LABEL':
      return candidates.filter(({ volume }) => volume?.label === (tag === undefined ? decodeUdev(name) : name))
    case 'UUID':
      return candidates.filter(({ volume }) => volume?.uuid === name.toLowerCase())
    default:
      return []
  }
}

// udev writes a blank in a label as \x20.
function decodeUdev(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}
