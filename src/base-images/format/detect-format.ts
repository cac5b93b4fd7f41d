/** Detects a file's format from its first bytes. File names are not trusted. */
import { equalBytes } from '../../bytes/equal-bytes.ts'
import { BuildError } from '../../errors.ts'
import { XZ_MAGIC } from '../../xz/container/stream-header.ts'

export type ImageFormat = 'raw' | 'xz' | 'gzip'

/** How many bytes `detectImageFormat` needs: the sector that holds the boot signature. */
export const IMAGE_HEAD_BYTES = 512

const BOOT_SIGNATURE = 510

/** RFC 1952 section 2.3.1: ID1 and ID2. */
const gzipMagic = Uint8Array.of(0x1f, 0x8b)

const unsupported: readonly { readonly format: string; readonly magic: Uint8Array }[] = [
  { format: 'zip', magic: Uint8Array.of(0x50, 0x4b, 0x03, 0x04) },
  { format: 'zstd', magic: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd) },
  { format: 'bzip2', magic: Uint8Array.of(0x42, 0x5a, 0x68) },
  { format: '7z', magic: Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c) },
  { format: 'qcow2', magic: Uint8Array.of(0x51, 0x46, 0x49, 0xfb) },
]

/**
 * Detects an image's format. Throws `BASE_FORMAT_UNSUPPORTED`, or `PARTITION_TABLE_MISSING` if nothing indicates an
 * image.
 */
export function detectImageFormat(head: Uint8Array, file: string): ImageFormat {
  if (startsWith(head, XZ_MAGIC)) return 'xz'
  if (startsWith(head, gzipMagic)) return 'gzip'
  // The boot signature is checked first, because boot code may begin with any bytes.
  if (hasBootSignature(head)) return 'raw'
  const other = unsupported.find(({ magic }) => startsWith(head, magic))
  if (other !== undefined) throw new BuildError('BASE_FORMAT_UNSUPPORTED', { file, format: other.format })
  throw new BuildError('PARTITION_TABLE_MISSING', { file })
}

/** Tells whether a first sector ends like those of MBR and GPT disks. */
export function hasBootSignature(head: Uint8Array): boolean {
  return head[BOOT_SIGNATURE] === 0x55 && head[BOOT_SIGNATURE + 1] === 0xaa
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, magic.byteLength), magic)
}
