import { BuildError } from '../../errors.ts'
import { GIB, MIB } from '../../units.ts'

/** Longer blocks are refused here. Unpack them to a file instead. */
const MAX_COLLECTED_BYTES = GIB
/** The largest allocation before data arrive: a damaged index may claim any length. */
const FIRST_BYTES = 32 * MIB

/**
 * Joins the pieces of a block. It uses `memory` of an earlier block if that is large enough. The result then owns it.
 */
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
