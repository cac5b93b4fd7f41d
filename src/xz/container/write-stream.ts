import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { pathOf, withFileDevice } from '../../disk/file-device.ts'
import { goneError } from '../../host/gone-error.ts'
import { MIB } from '../../units.ts'
import type { BlockCheck } from './block-check.ts'
import { encodeBlockIndex } from './block-index.ts'
import { encodeStreamFooter } from './stream-footer.ts'
import { encodeStreamHeader } from './stream-header.ts'
import { recordsOf, type XzSegment } from './xz-segment.ts'

/** Length of a chunk. It is read, hashed and written while it is still in the processor's cache. */
const CHUNK_BYTES = MIB

/** The .xz File Format 1.2.1, section 2: header, blocks, index, footer. */
export interface StreamPlan {
  readonly segments: readonly XzSegment[]
  readonly check: BlockCheck
}

export interface WriteStreamOptions {
  /** Permission bits of the new file. */
  readonly mode: number
  /** Called with the number of bytes written so far. */
  readonly onWritten: (byteLength: number) => void
}

/** Returns the length in bytes that a stream's file will have. */
export function streamByteLength({ segments, check }: StreamPlan): number {
  const index = encodeBlockIndex(recordsOf(segments))
  const ends =
    encodeStreamHeader({ check }).byteLength +
    encodeStreamFooter({ check, indexByteLength: index.byteLength }).byteLength
  return segments.reduce(
    (sum, segment) => sum + (segment.kind === 'copied' ? segment.byteLength : segment.bytes.byteLength),
    index.byteLength + ends,
  )
}

/**
 * Writes an .xz of one stream from its segments into a new file. Returns the file's SHA-256, 32 bytes. It blocks the
 * calling thread until it is done.
 */
export async function writeStream(
  path: string,
  { segments, check }: StreamPlan,
  { mode, onWritten }: WriteStreamOptions,
): Promise<Uint8Array> {
  const index = encodeBlockIndex(recordsOf(segments))
  const fd = openSync(path, 'wx', mode)
  try {
    const writer = new HashingWriter(fd, onWritten)
    writer.write(encodeStreamHeader({ check }))
    const buffer = new Uint8Array(CHUNK_BYTES)
    for (const segment of segments) {
      if (segment.kind === 'packed') writer.write(segment.bytes)
      else await copyInto(writer, segment, buffer)
    }
    writer.write(index)
    writer.write(encodeStreamFooter({ check, indexByteLength: index.byteLength }))
    return writer.digest()
  } finally {
    closeSync(fd)
  }
}

async function copyInto(
  writer: HashingWriter,
  { source, fileOffset, byteLength }: Extract<XzSegment, { kind: 'copied' }>,
  buffer: Uint8Array,
): Promise<void> {
  try {
    await withFileDevice(source, (device) => {
      for (let done = 0; done < byteLength; done += buffer.byteLength) {
        const chunk = buffer.subarray(0, Math.min(buffer.byteLength, byteLength - done))
        device.read(fileOffset + done, chunk)
        writer.write(chunk)
      }
    })
  } catch (error) {
    throw goneError(error, pathOf(source))
  }
}

/** Writes bytes one after another and hashes them. */
class HashingWriter {
  readonly #fd: number
  readonly #onWritten: (byteLength: number) => void
  readonly #hash: Hash = createHash('sha256')
  #byteLength = 0

  constructor(fd: number, onWritten: (byteLength: number) => void) {
    this.#fd = fd
    this.#onWritten = onWritten
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.byteLength;) done += writeSync(this.#fd, bytes, done)
    this.#hash.update(bytes)
    this.#byteLength += bytes.byteLength
    this.#onWritten(this.#byteLength)
  }

  digest(): Uint8Array {
    return this.#hash.digest()
  }
}
