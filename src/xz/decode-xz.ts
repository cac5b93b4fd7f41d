import { ReadableStream, type ReadableStreamDefaultReader } from 'node:stream/web'
import xzDecompress from 'xz-decompress'
import { BuildError, unreachable } from '../errors.ts'
import { checkXzOptions, XZ_HEAD_BYTES } from './check-xz-options.ts'
import { takeDecoderTurn } from './decoder-turn.ts'
import { isStreamFooter, STREAM_FOOTER_BYTES } from './stream-footer.ts'
import { XZ_MAGIC } from './stream-header.ts'

export interface DecodeXzOptions {
  /** Named in errors. */
  readonly file: string
  readonly signal: AbortSignal
}

/**
 * Unpacks .xz data as it comes: any number of streams, blocks and stream padding, with CRC32, CRC64 or no check.
 * What is yielded before a failure may be wrong, so keep nothing unless the end was reached. The source is closed on every path.
 */
export async function* decodeXz(source: AsyncIterable<Uint8Array>, options: DecodeXzOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { file, signal } = options
  const input = new InputQueue(source)
  const endTurn = await takeDecoderTurn(signal)
  try {
    checkXzOptions(await input.peek(XZ_HEAD_BYTES), file)
    yield* decodeStreams(input, options)
  } finally {
    await input.close()
    endTurn()
  }
}

async function* decodeStreams(input: InputQueue, { file, signal }: DecodeXzOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = openDecoder(input)
  try {
    for (;;) {
      signal.throwIfAborted()
      const piece = await readPiece(reader, input, file)
      if (piece === null) return
      if (piece.byteLength > 0) yield piece
    }
  } finally {
    // A stream that failed answers with its failure once more.
    await reader.cancel().catch(() => undefined)
  }
}

function openDecoder(input: InputQueue): ReadableStreamDefaultReader<Uint8Array> {
  const compressed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await input.next()
      if (chunk === null) controller.close()
      else controller.enqueue(chunk)
    },
  })
  // The library's types name the global classes, which are those of node:stream/web.
  const decoded: unknown = new xzDecompress.XzReadableStream(compressed)
  return (decoded as ReadableStream<Uint8Array>).getReader()
}

async function readPiece(reader: ReadableStreamDefaultReader<Uint8Array>, input: InputQueue, file: string): Promise<Uint8Array | null> {
  try {
    const { done, value } = await reader.read()
    return done ? null : value
  } catch (error) {
    if (input.failure !== null) throw input.failure.error
    throw explainFailure(error, input.lastBytes(), file)
  }
}

/** Return values of XZ Embedded, `enum xz_ret` of its `xz.h`; the library reports them as text alone. */
type XzReturnValue = 3 | 4 | 5 | 6 | 7 | 8

function explainFailure(error: unknown, lastBytes: Uint8Array, file: string): unknown {
  const code = /error code ([3-8])$/.exec(error instanceof Error ? error.message : '')?.[1]
  if (code === undefined) return error
  // The pattern lets no other number through.
  const value = Number(code) as XzReturnValue
  switch (value) {
    case 3: return new BuildError('XZ_CORRUPT', { file, reason: 'there is no memory for its dictionary' })
    case 4: return new BuildError('XZ_DICTIONARY_TOO_LARGE', { file })
    // The first stream header was right, so these are the bytes after a stream.
    case 5: return new BuildError('XZ_TRAILING_DATA', { file })
    case 6: return new BuildError('XZ_OPTION_UNSUPPORTED', { file })
    case 7: return new BuildError('XZ_CORRUPT', { file, reason: 'a checksum or a size does not match' })
    // The decoder waits for more where fewer bytes than a stream header follow the last stream.
    case 8: return new BuildError(endsInForeignBytes(lastBytes) ? 'XZ_TRAILING_DATA' : 'XZ_TRUNCATED', { file })
    default: throw unreachable(value)
  }
}

/** Says whether the data ends in a whole stream and a few bytes that do not begin another one. */
function endsInForeignBytes(lastBytes: Uint8Array): boolean {
  for (let from = 0; from + STREAM_FOOTER_BYTES < lastBytes.byteLength; from++) {
    const to = from + STREAM_FOOTER_BYTES
    if (isStreamFooter(lastBytes.subarray(from, to))) return lastBytes[to] !== XZ_MAGIC[0]
  }
  return false
}

/** The compressed data on its way to the decoder: can be looked at beforehand, and remembers how it ended. */
class InputQueue {
  failure: { readonly error: unknown } | null = null
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
    const chunk = this.#peeked.shift() ?? await this.#read()
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
    try {
      for (;;) {
        const result = await this.#iterator.next()
        if (result.done === true) return null
        // The decoder takes an empty chunk for the end of the data.
        if (result.value.byteLength > 0) return result.value
      }
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }

  #remember(chunk: Uint8Array): void {
    const keep = 2 * STREAM_FOOTER_BYTES - 1
    const joined = chunk.byteLength >= keep ? chunk : Buffer.concat([this.#last, chunk])
    this.#last = Uint8Array.from(joined.subarray(Math.max(0, joined.byteLength - keep)))
  }
}
