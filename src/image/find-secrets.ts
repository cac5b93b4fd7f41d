import type { ReadableDevice } from '../disk/block-device.ts'
import type { ImageLayout } from '../model/image-layout.ts'
import { reveal, type Secret } from '../model/secret.ts'
import { encodeUtf8 } from '../text/encoding.ts'
import { PatternSet } from '../text/pattern-set.ts'
import { MIB } from '../units.ts'

/** A secret that must not be in an image, with a name that may be shown. */
export interface KnownSecret {
  readonly name: string
  readonly text: Secret
}

export interface FoundSecret {
  readonly name: string
  /** Bytes from the start of the image. */
  readonly byteOffset: number
  readonly where: 'boot' | 'root' | 'outside of both partitions'
}

const PIECE_BYTES = MIB
const NEARBY_BYTES = 128
const YIELD_BYTES = 16 * MIB

/**
 * Searches every byte of an image for secrets: files, deleted files, free space and the gaps between partitions. A
 * border between clusters may cut a text, so `secrets` also holds the text's parts. `onRead` gets the number of bytes
 * read so far.
 */
export async function findSecrets(
  device: ReadableDevice,
  { boot, root }: Pick<ImageLayout, 'boot' | 'root'>,
  secrets: readonly KnownSecret[],
  onRead: (byteLength: number) => void,
): Promise<readonly FoundSecret[]> {
  const patterns = new PatternSet(secrets.map(({ text }) => encodeUtf8(reveal(text))))
  const found: FoundSecret[] = []
  const inside = ({ byteStart, byteLength }: ImageLayout['boot'], byteOffset: number): boolean =>
    byteOffset >= byteStart && byteOffset < byteStart + byteLength
  const buffer = new Uint8Array(PIECE_BYTES + patterns.overlapBytes)
  for (let start = 0; start < device.byteLength; start += PIECE_BYTES) {
    const piece = buffer.subarray(0, Math.min(buffer.byteLength, device.byteLength - start))
    device.read(start, piece)
    for (const { pattern, byteOffset } of patterns.findIn(piece)) {
      // A match that begins in the overlap belongs to the next piece.
      if (byteOffset >= PIECE_BYTES) continue
      const at = start + byteOffset
      const name = secrets[pattern]?.name ?? ''
      // The forms of one secret overlap: only the first is reported.
      if (found.some((one) => one.name === name && at - one.byteOffset < NEARBY_BYTES)) continue
      found.push({
        name,
        byteOffset: at,
        where: inside(boot, at) ? 'boot' : inside(root, at) ? 'root' : 'outside of both partitions',
      })
    }
    // Lets an abort through.
    if (start % YIELD_BYTES === 0)
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    onRead(Math.min(start + PIECE_BYTES, device.byteLength))
  }
  return found
}
