import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

export interface Sha256FileOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (completedBytes: number) => void
}

/** Reads a file to its end and gives its SHA-256 in lower-case hex. */
export async function sha256File(path: string, { signal, onProgress }: Sha256FileOptions): Promise<string> {
  signal.throwIfAborted()
  const hash = createHash('sha256')
  let completedBytes = 0
  // The chunks of a stream without encoding are bytes.
  const chunks: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: 1024 * 1024, signal })
  for await (const chunk of chunks) {
    hash.update(chunk)
    completedBytes += chunk.byteLength
    onProgress?.(completedBytes)
  }
  return hash.digest('hex')
}
