/** Bytes of one sector, the unit of partition tables and of FAT on Raspberry Pi images. */
export const SECTOR_BYTES = 512
export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

/** Formats a byte count for people, in binary units: `1.5 GiB`. */
export function formatByteLength(byteLength: number): string {
  if (byteLength < KIB) return `${byteLength} B`
  if (byteLength < MIB) return `${(byteLength / KIB).toFixed(1)} KiB`
  if (byteLength < GIB) return `${(byteLength / MIB).toFixed(1)} MiB`
  return `${(byteLength / GIB).toFixed(2)} GiB`
}
