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

/** XZ Embedded's `XZ_BUF_ERROR`: the data ended before their end. */
const INPUT_ENDED = 8

/**
 * Unpacks .xz data as it comes: any number of streams, blocks and stream padding, with CRC32, CRC64 or no check.
 * What is yielded before a failure may be wrong, so keep nothing unless the end was reached. The source is closed on every path.
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
      // The decoder waits for more where fewer bytes than a stream header follow the last stream.
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

/** The compressed data on its way to the decoder: can be looked at beforehand, and remembers how it ended. */
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

  /** The end of what the decoder was given: a stream footer and the longest remainder that it takes for half a header. */
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
      // The decoder takes an empty chunk for the end of the data.
      if (result.value.byteLength > 0) return result.value
    }
  }

  #remember(chunk: Uint8Array): void {
    const keep = 2 * STREAM_FOOTER_BYTES - 1
    const joined = chunk.byteLength >= keep ? chunk : Buffer.concat([this.#last, chunk])
    this.#last = Uint8Array.from(joined.subarray(Math.max(0, joined.byteLength - keep)))
  }
}
