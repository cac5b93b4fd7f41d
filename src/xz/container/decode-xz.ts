import { BuildError } from '../../errors.ts'
import { checkXzOptions, XZ_HEAD_BYTES } from './check-xz-options.ts'
import { explainDecoderFailure } from './explain-decoder-failure.ts'
import { endsInForeignBytes } from './find-stream-end.ts'
import { runDecoder } from './run-decoder.ts'
import { STREAM_FOOTER_BYTES } from './stream-footer.ts'

export interface DecodeXzOptions {
  /** Named in errors. */
  readonly file: string
  readonly signal: AbortSignal
}

/** XZ Embedded's `XZ_BUF_ERROR`: the data were cut off. */
const INPUT_ENDED = 8

/**
 * Unpacks .xz data while they arrive: any number of streams and blocks, stream padding, and CRC32, CRC64 or no check.
 * Data yielded before an error may be wrong: keep nothing unless the end was reached. The source is closed on every
 * path. Throws errors with `XZ_` codes.
 */
export async function* decodeXz(
  source: AsyncIterable<Uint8Array>,
  { file, signal }: DecodeXzOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal.throwIfAborted()
  const input = new InputQueue(source)
  try {
    checkXzOptions(await input.peek(XZ_HEAD_BYTES), file)
    yield* runDecoder({
      next: () => input.next(),
      // After the last stream, the decoder waits for more data if fewer bytes follow than a stream header has.
      explain: (value) =>
        value === INPUT_ENDED && endsInForeignBytes(input.lastBytes())
          ? new BuildError('XZ_TRAILING_DATA', { file })
          : explainDecoderFailure(value, file),
      signal,
    })
  } finally {
    await input.close()
  }
}

/** The compressed data for the decoder. Their beginning can be read in advance, and their last bytes are kept. */
class InputQueue {
  readonly #iterator: AsyncIterator<Uint8Array>
  #peeked: Uint8Array[] = []
  #last = new Uint8Array(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]()
  }

  async peek(byteLength: number): Promise<Uint8Array> {
    let peekedBytes = 0
    while (peekedBytes < byteLength) {
      const chunk = await this.#read()
      if (chunk === null) break
      this.#peeked.push(chunk)
      peekedBytes += chunk.byteLength
    }
    return Buffer.concat(this.#peeked)
  }

  async next(): Promise<Uint8Array | null> {
    const chunk = this.#peeked.shift() ?? (await this.#read())
    if (chunk !== null) this.#remember(chunk)
    return chunk
  }

  /**
   * Returns the last bytes that the decoder got: a stream footer, and the longest remainder that the decoder takes for
   * a part of a header.
   */
  lastBytes(): Uint8Array {
    return this.#last
  }

  async close(): Promise<void> {
    await this.#iterator.return?.()
  }

  async #read(): Promise<Uint8Array | null> {
    for (;;) {
      const result = await this.#iterator.next()
      if (result.done === true) return null
      // An empty chunk means the end of the data to the decoder.
      if (result.value.byteLength > 0) return result.value
    }
  }

  #remember(chunk: Uint8Array): void {
    const keep = 2 * STREAM_FOOTER_BYTES - 1
    const joined = chunk.byteLength >= keep ? chunk : Buffer.concat([this.#last, chunk])
    this.#last = Uint8Array.from(joined.subarray(Math.max(0, joined.byteLength - keep)))
  }
}
