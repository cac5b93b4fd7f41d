import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

export interface Sha256FileOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (completedBytes: number) => void
}

/** Returns the SHA-256 of a whole file in lower-case hex. Throws the system's error, or an abort error. */
export async function sha256File(path: string, { signal, onProgress }: Sha256FileOptions): Promise<string> {
  signal.throwIfAborted()
  const hash = createHash('sha256')
  let completedBytes = 0
  // Without an encoding, the chunks of a stream are bytes.
  const chunks: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: 1024 * 1024, signal })
  for await (const chunk of chunks) {
    hash.update(chunk)
    completedBytes += chunk.byteLength
    onProgress?.(completedBytes)
  }
  return hash.digest('hex')
}
