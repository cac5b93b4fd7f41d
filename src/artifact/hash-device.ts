import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { ReadableDevice } from '../disk/block-device.ts'
import { MIB } from '../units.ts'

const CHUNK_BYTES = 4 * MIB

/**
 * Returns the SHA-256 of a whole device in lower-case hex. Other work runs between chunks. `report` gets the bytes
 * hashed so far. Throws the reason of `signal`.
 */
export async function hashDevice(
  device: ReadableDevice,
  signal: AbortSignal,
  report: (completedBytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let byteOffset = 0; byteOffset < device.byteLength; byteOffset += CHUNK_BYTES) {
    const piece = chunk.subarray(0, Math.min(CHUNK_BYTES, device.byteLength - byteOffset))
    device.read(byteOffset, piece)
    hash.update(piece)
    report(byteOffset + piece.byteLength)
    await setImmediate()
    signal.throwIfAborted()
  }
  return hash.digest('hex')
}
