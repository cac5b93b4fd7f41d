import { equalBytes } from '../bytes/equal-bytes.ts'
import type { ReadableDevice, WritableDevice } from '../disk/block-device.ts'
import { writeSparseFile } from '../host/write-sparse-file.ts'
import { MIB } from '../units.ts'

const CHUNK_BYTES = 1 * MIB

/** Writes a volume to a new file, with holes where it holds zeros. */
export async function extractVolume(volume: ReadableDevice, path: string, signal: AbortSignal): Promise<void> {
  await writeSparseFile(path, chunksOf(volume, signal))
}

/** Writes the chunks of a volume that differ from those of an image from `byteStart` on. Holes of the image stay. */
export async function copyChanges(
  volume: ReadableDevice,
  image: WritableDevice,
  byteStart: number,
  signal: AbortSignal,
): Promise<void> {
  let byteOffset = byteStart
  const before = new Uint8Array(CHUNK_BYTES)
  for await (const chunk of chunksOf(volume, signal)) {
    const old = before.subarray(0, chunk.byteLength)
    image.read(byteOffset, old)
    if (!equalBytes(old, chunk)) image.write(byteOffset, chunk)
    byteOffset += chunk.byteLength
  }
}

/** Each chunk is valid until the next one is asked for. */
async function* chunksOf(volume: ReadableDevice, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let done = 0; done < volume.byteLength; done += CHUNK_BYTES) {
    // Other work, such as an interruption, gets its turn.
    await new Promise(setImmediate)
    signal.throwIfAborted()
    const piece = chunk.subarray(0, Math.min(CHUNK_BYTES, volume.byteLength - done))
    volume.read(done, piece)
    yield piece
  }
}
