import { isZeroFilled } from '../../bytes/equal-bytes.ts'
import type { WritableDevice } from '../../disk/block-device.ts'
import { KIB, MIB } from '../../units.ts'

/** Zero runs of this length, aligned in the target, are left out. */
const HOLE_BYTES = 64 * KIB
const BUFFER_BYTES = MIB

/**
 * Writes pieces of a block from `byteOffset` on. It leaves out runs of zeros, so the target must already hold zeros
 * there, as a sparse file does. Holds at most 1 MiB in memory.
 */
export async function writeBlock(
  pieces: AsyncIterable<Uint8Array>,
  device: WritableDevice,
  byteOffset: number,
): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES)
  let bufferStart = byteOffset
  let bufferedBytes = 0
  for await (const piece of pieces) {
    for (let from = 0; from < piece.byteLength;) {
      // The first buffer is shorter, so the next ones are aligned.
      const room = BUFFER_BYTES - (bufferStart % HOLE_BYTES) - bufferedBytes
      const part = piece.subarray(from, from + room)
      buffer.set(part, bufferedBytes)
      bufferedBytes += part.byteLength
      from += part.byteLength
      if (part.byteLength < room) continue
      writeData(device, buffer.subarray(0, bufferedBytes), bufferStart)
      bufferStart += bufferedBytes
      bufferedBytes = 0
    }
  }
  writeData(device, buffer.subarray(0, bufferedBytes), bufferStart)
}

/** Writes the runs between holes, each with one call. */
function writeData(device: WritableDevice, bytes: Uint8Array, byteOffset: number): void {
  let runStart = 0
  for (let from = 0; from < bytes.byteLength;) {
    const to = Math.min(bytes.byteLength, from + HOLE_BYTES - ((byteOffset + from) % HOLE_BYTES))
    if (isZeroFilled(bytes.subarray(from, to))) {
      if (runStart < from) device.write(byteOffset + runStart, bytes.subarray(runStart, from))
      runStart = to
    }
    from = to
  }
  if (runStart < bytes.byteLength) device.write(byteOffset + runStart, bytes.subarray(runStart))
}
