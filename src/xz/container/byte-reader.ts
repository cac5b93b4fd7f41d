import { BuildError } from '../../errors.ts'

/** Reads bytes that arrive in pieces of any length, in pieces of the length that the format gives. */
export class ByteReader {
  /** Named in errors. */
  readonly file: string
  readonly #iterator: AsyncIterator<Uint8Array>
  #buffered: Uint8Array = new Uint8Array(0)

  constructor(source: AsyncIterable<Uint8Array>, file: string) {
    this.#iterator = source[Symbol.asyncIterator]()
    this.file = file
  }

  /** Reads exactly this many bytes. Throws `XZ_TRUNCATED` if the source ends before. */
  async read(byteLength: number): Promise<Uint8Array> {
    const bytes = await this.peek(byteLength)
    if (bytes.byteLength < byteLength) throw new BuildError('XZ_TRUNCATED', { file: this.file })
    this.#buffered = this.#buffered.subarray(byteLength)
    return bytes
  }

  /** Returns the next bytes, fewer at the end of the source. They are read again later. */
  async peek(byteLength: number): Promise<Uint8Array> {
    while (this.#buffered.byteLength < byteLength) {
      const result = await this.#iterator.next()
      if (result.done === true) break
      this.#buffered = Buffer.concat([this.#buffered, result.value])
    }
    return this.#buffered.subarray(0, byteLength)
  }

  /** Closes the source. */
  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}
