import { equalBytes, isZeroFilled } from '../../bytes/equal-bytes.ts'
import { BuildError } from '../../errors.ts'
import { chunkHeaderByteLength, decodeChunkLengths, END_OF_CHUNKS } from '../lzma2/chunk-header.ts'
import { type BlockCheck, checkByteLength, requireKnownCheck, startCheck } from './block-check.ts'
import { blockHeaderByteLength, decodeBlockHeader } from './block-header.ts'
import { encodeBlockIndex, type IndexRecord, MAX_BLOCKS } from './block-index.ts'
import { ByteReader } from './byte-reader.ts'
import { corrupt } from './corrupt.ts'
import { explainBlockFailure } from './explain-decoder-failure.ts'
import { beginsStream } from './find-stream-end.ts'
import { requireLzma2Alone } from './lzma2-filter.ts'
import { runDecoder } from './run-decoder.ts'
import { soleBlockFrame } from './sole-block-frame.ts'
import { decodeStreamFooter, STREAM_FOOTER_BYTES } from './stream-footer.ts'
import { decodeStreamHeader, STREAM_HEADER_BYTES } from './stream-header.ts'

export interface DecodeXzOptions {
  /** Named in errors. */
  readonly file: string
  readonly signal: AbortSignal
}

/** Stream padding is zeros in multiples of four bytes. The .xz File Format 1.2.1, section 2.2. */
const PADDING_UNIT_BYTES = 4

/**
 * Unpacks .xz data while they arrive: any number of streams and blocks, stream padding, and every check that the format
 * defines. Data yielded before an error may be wrong: keep nothing unless the end was reached. The source is closed on
 * every path. Throws errors with `XZ_` codes.
 *
 * The decoder gets one block at a time, without its check, as in `decodeBlock`. The lengths in LZMA2's chunk headers
 * lead to the end of a block whose header gives no lengths.
 */
export async function* decodeXz(
  source: AsyncIterable<Uint8Array>,
  { file, signal }: DecodeXzOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal.throwIfAborted()
  const input = new ByteReader(source, file)
  try {
    do yield* decodeStream(input, signal)
    while (await hasFurtherStream(input))
  } finally {
    await input.close()
  }
}

async function* decodeStream(input: ByteReader, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const { file } = input
  const header = decodeStreamHeader(await input.read(STREAM_HEADER_BYTES), file)
  const check = requireKnownCheck(header.check, file)
  const records: IndexRecord[] = []
  for (;;) {
    const headerByteLength = blockHeaderByteLength((await input.peek(1))[0] ?? 0)
    if (headerByteLength === 0) break
    if (records.length === MAX_BLOCKS)
      throw new BuildError('XZ_TOO_MANY_BLOCKS', { file, limit: MAX_BLOCKS, parts: 'blocks' })
    const block = new IncomingBlock(input, await input.read(headerByteLength))
    yield* decodeIncomingBlock(block, check, input, signal)
    const { unpaddedByteLength, byteLength } = block.record
    records.push({ unpaddedByteLength: unpaddedByteLength + checkByteLength(check), byteLength })
  }
  await requireEnd(input, records, check)
}

/** Checks index and footer. The format allows one encoding of an index only. */
async function requireEnd(input: ByteReader, records: readonly IndexRecord[], check: BlockCheck): Promise<void> {
  const { file } = input
  const index = encodeBlockIndex(records)
  if (!equalBytes(await input.read(index.byteLength), index))
    throw corrupt(file, 'an index does not list the blocks before it')
  const footer = decodeStreamFooter(await input.read(STREAM_FOOTER_BYTES), file)
  if (footer.check !== check || footer.indexByteLength !== index.byteLength)
    throw corrupt(file, 'the footer of a stream contradicts it')
}

async function hasFurtherStream(input: ByteReader): Promise<boolean> {
  const { file } = input
  for (;;) {
    const next = await input.peek(PADDING_UNIT_BYTES)
    if (next.byteLength === 0) return false
    if (!isZeroFilled(next)) break
    if (next.byteLength < PADDING_UNIT_BYTES) throw corrupt(file, 'its stream padding is no multiple of four bytes')
    await input.read(PADDING_UNIT_BYTES)
  }
  if (!beginsStream(await input.peek(STREAM_HEADER_BYTES))) throw new BuildError('XZ_TRAILING_DATA', { file })
  return true
}

async function* decodeIncomingBlock(
  block: IncomingBlock,
  check: BlockCheck,
  input: ByteReader,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { file } = input
  const running = startCheck(check)
  const pieces = block.pieces()
  const decoded = runDecoder({
    next: async () => {
      const { done, value } = await pieces.next()
      return done === true ? null : value
    },
    explain: (value) => explainBlockFailure(value, file),
    signal,
  })
  for await (const piece of decoded) {
    running.update(piece)
    yield piece
  }
  if (!equalBytes(running.digest(), await input.read(checkByteLength(check))))
    throw corrupt(file, `the ${check} of a block does not match its data`)
}

/** A block that is read piece by piece, without its check. Its lengths are known at its end. */
class IncomingBlock {
  readonly #input: ByteReader
  readonly #header: Uint8Array
  #packedByteLength = 0
  #byteLength = 0

  constructor(input: ByteReader, header: Uint8Array) {
    requireLzma2Alone(decodeBlockHeader(header, input.file), input.file)
    this.#input = input
    this.#header = header
  }

  /** The block in a stream without checks. */
  get record(): IndexRecord {
    return {
      unpaddedByteLength: this.#header.byteLength + this.#packedByteLength,
      byteLength: this.#byteLength,
    }
  }

  /** Yields a complete stream with this block only. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    // The stream header is the same for every record.
    yield soleBlockFrame(this.record, 'none').head
    yield this.#header
    for (let chunk = await this.#nextChunk(); chunk !== null; chunk = await this.#nextChunk()) yield chunk
    const padding = -this.#packedByteLength & 3
    yield Buffer.concat([Uint8Array.of(END_OF_CHUNKS), await this.#input.read(padding)])
    yield soleBlockFrame(this.record, 'none').tail
  }

  async #nextChunk(): Promise<Uint8Array | null> {
    const control = (await this.#input.peek(1))[0] ?? END_OF_CHUNKS
    if (control === END_OF_CHUNKS) {
      await this.#input.read(1)
      this.#packedByteLength += 1
      return null
    }
    const headerByteLength = chunkHeaderByteLength(control)
    if (headerByteLength === null) throw corrupt(this.#input.file, 'a block holds data that are not LZMA2')
    const header = await this.#input.peek(headerByteLength)
    const { packedByteLength, byteLength } = decodeChunkLengths(header)
    this.#packedByteLength += headerByteLength + packedByteLength
    this.#byteLength += byteLength
    return this.#input.read(headerByteLength + packedByteLength)
  }
}
