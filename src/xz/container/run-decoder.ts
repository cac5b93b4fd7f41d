import { ReadableStream } from 'node:stream/web'
import xzDecompress from 'xz-decompress'
import { takeDecoderTurn } from './decoder-turn.ts'
import { type XzReturnValue, xzReturnValue } from './explain-decoder-failure.ts'

export interface RunDecoderOptions {
  /** Gives the next piece of compressed data, never an empty one, and null at their end. What it throws is passed on. */
  readonly next: () => Promise<Uint8Array | null>
  /** Puts the decoder's refusal of the data into words. */
  readonly explain: (value: XzReturnValue) => Error
  readonly signal: AbortSignal
}

/** Unpacks .xz data as they come with the one decoder of this thread, when its turn has come. What is yielded before a failure may be wrong. */
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
  // The library's types name the global classes, which are those of node:stream/web.
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
    // A stream that failed answers with its failure once more.
    await reader.cancel().catch(() => undefined)
    endTurn()
  }
}
