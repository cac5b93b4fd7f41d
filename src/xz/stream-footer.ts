/** xz stream footer: the last 12 bytes of a stream. The .xz File Format 1.2.1, section 2.1.2. */
import { readU32 } from '../bytes/little-endian.ts'
import { crc32 } from './crc32.ts'

export const STREAM_FOOTER_BYTES = 12

const FOOTER_CRC32 = 0
const BACKWARD_SIZE = 4
const MAGIC = 10

/** Says whether 12 bytes are a stream footer: magic and CRC32 match. */
export function isStreamFooter(footer: Uint8Array): boolean {
  return footer.byteLength === STREAM_FOOTER_BYTES && footer[MAGIC] === 0x59 && footer[MAGIC + 1] === 0x5a
    && crc32(footer.subarray(BACKWARD_SIZE, MAGIC)) === readU32(footer, FOOTER_CRC32)
}
