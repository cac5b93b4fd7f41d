import { ReadableStream } from 'node:stream/web'
import xzDecompress from 'xz-decompress'
import { takeDecoderTurn } from './decoder-turn.ts'
import { type XzReturnValue, xzReturnValue } from './explain-decoder-failure.ts'

export interface RunDecoderOptions {
  /** Returns the next piece of compressed data, never an empty one. Null: the data end. Its errors are passed on. */
  readonly next: () => Promise<Uint8Array | null>
  /** Makes the error for a return value of the decoder. */
  readonly explain: (value: XzReturnValue) => Error
  readonly signal: AbortSignal
}

/**
 * Waits for its turn, then unpacks .xz data with this thread's only decoder while they arrive. Data yielded before an
 * error may be wrong.
 */
export async function* runDecoder({
  next,
  explain,
  signal,
}: RunDecoderOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const source: { failure: { readonly error: unknown } | null } = { failure: null }
  const compressed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = await next()
        if (piece === null) controller.close()
        else controller.enqueue(piece)
      } catch (error) {
        source.failure = { error }
        throw error
      }
    },
  })
  const endTurn = await takeDecoderTurn(signal)
  // The library's types name the global classes, which are the same as those of node:stream/web.
  const decoded: unknown = new xzDecompress.XzReadableStream(compressed)
  const reader = (decoded as ReadableStream<Uint8Array>).getReader()
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = await reader.read()
      if (done) return
      if (value.byteLength > 0) yield value
    }
  } catch (error) {
    const value = source.failure === null ? xzReturnValue(error) : null
    throw value === null ? error : explain(value)
  } finally {
    // After an error, `cancel` rejects with the same error again.
    await reader.cancel().catch(() => undefined)
    endTurn()
  }
}
