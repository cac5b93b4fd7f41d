import { createReadStream } from 'node:fs'
import { MIB } from '../units.ts'

export interface ReadChunksOptions {
  readonly signal: AbortSignal
  /** Called with the number of bytes read so far. */
  readonly onRead: (completedBytes: number) => void
}

/** Reads a file from start to end in pieces of 1 MiB. */
export async function* readChunks(
  path: string,
  { signal, onRead }: ReadChunksOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Without an encoding, the chunks of a stream are bytes.
  const chunks: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: MIB })
  let completedBytes = 0
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    completedBytes += chunk.byteLength
    onRead(completedBytes)
    yield chunk
  }
}
