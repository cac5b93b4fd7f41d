import { BuildError } from '../../errors.ts'
import { GIB, MIB } from '../../units.ts'

/** Longer blocks are refused here; they can be unpacked to a file. */
const MAX_COLLECTED_BYTES = GIB
/** Room is made for no more than this before data have come: a damaged index may promise anything. */
const FIRST_BYTES = 32 * MIB

/** Puts pieces of a block together. `memory` of an earlier block is used where it is large enough, and goes over to the result. */
export async function collectBlock(
  pieces: AsyncIterable<Uint8Array>,
  {
    byteLength,
    file,
    memory,
  }: { readonly byteLength: number; readonly file: string; readonly memory: ArrayBuffer | null },
): Promise<Uint8Array<ArrayBuffer>> {
  if (byteLength > MAX_COLLECTED_BYTES)
    throw new BuildError('XZ_BLOCK_TOO_LARGE', { file, byteLength, limit: MAX_COLLECTED_BYTES })
  const firstBytes = Math.min(byteLength, FIRST_BYTES)
  let bytes = new Uint8Array(memory !== null && memory.byteLength >= firstBytes ? memory : new ArrayBuffer(firstBytes))
  let collected = 0
  for await (const piece of pieces) {
    if (collected + piece.byteLength > bytes.byteLength) {
      const larger = new Uint8Array(Math.min(byteLength, 2 * bytes.byteLength))
      larger.set(bytes.subarray(0, collected))
      bytes = larger
    }
    bytes.set(piece, collected)
    collected += piece.byteLength
  }
  return bytes.subarray(0, collected)
}
