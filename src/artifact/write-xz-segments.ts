import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { writeAll } from '../disk/write-all.ts'
import { BuildError } from '../errors.ts'
import { MIB } from '../units.ts'
import type { BlockCheck } from '../xz/block-check.ts'
import { encodeBlockIndex } from '../xz/block-index.ts'
import { encodeStreamFooter } from '../xz/stream-footer.ts'
import { encodeStreamHeader } from '../xz/stream-header.ts'
import type { XzSegment } from './plan-xz-segments.ts'

const CHUNK_BYTES = 4 * MIB
/** Images hold the join token: only their owner reads them. */
const OWNER_ONLY = 0o600

export interface WrittenXz {
  readonly byteLength: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** Writes an .xz file of one stream from its segments. `report` gets the bytes done and the bytes in all. */
export async function writeXzSegments(
  path: string,
  segments: readonly XzSegment[],
  check: BlockCheck,
  signal: AbortSignal,
  report: (completedBytes: number, totalBytes: number) => void,
): Promise<WrittenXz> {
  const index = encodeBlockIndex(segments.flatMap((segment) => (segment.kind === 'copied' ? segment.records : [segment.record])))
  const totalBytes = segments.reduce((sum, segment) => sum + lengthOf(segment), index.byteLength)
  const file = await open(path, 'wx', OWNER_ONLY)
  try {
    const writer = new HashingWriter(file, signal, (done) => {
      report(done, totalBytes)
    })
    await writer.write(encodeStreamHeader({ check }))
    for (const segment of segments) await (segment.kind === 'copied' ? copy(segment, writer) : writer.write(segment.bytes))
    await writer.write(index)
    await writer.write(encodeStreamFooter({ check, indexByteLength: index.byteLength }))
    return await writer.end()
  } finally {
    await file.close()
  }
}

function lengthOf(segment: XzSegment): number {
  return segment.kind === 'copied' ? segment.byteLength : segment.bytes.byteLength
}

async function copy({ path, fileOffset, byteLength }: Extract<XzSegment, { kind: 'copied' }>, writer: HashingWriter): Promise<void> {
  const file = await open(path, 'r')
  try {
    await writer.copy(byteLength, (into, done) => readFully(file, path, into, fileOffset + done))
  } finally {
    await file.close()
  }
}

async function readFully(file: FileHandle, path: string, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.byteLength; ) {
    const { bytesRead } = await file.read(into, done, into.byteLength - done, position + done)
    if (bytesRead === 0) throw new BuildError('DISK_FILE_SHRANK', { file: path, byteOffset: position + done })
    done += bytesRead
  }
}

/**
 * Writes bytes one after another and hashes them. While one buffer is hashed here, the kernel writes it and reads the next one: three take
 * turns, and a copy takes as long as the longest of the three.
 */
class HashingWriter {
  readonly #file: FileHandle
  readonly #signal: AbortSignal
  readonly #report: (completedBytes: number) => void
  readonly #hash: Hash = createHash('sha256')
  readonly #buffers = Array.from({ length: 3 }, () => new Uint8Array(CHUNK_BYTES))
  #turn = 0
  #pending: Promise<unknown> = Promise.resolve()
  #byteLength = 0

  constructor(file: FileHandle, signal: AbortSignal, report: (completedBytes: number) => void) {
    this.#file = file
    this.#signal = signal
    this.#report = report
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.byteLength; done += CHUNK_BYTES) {
      const piece = bytes.subarray(done, done + CHUNK_BYTES)
      const buffer = this.#nextBuffer(piece.byteLength)
      buffer.set(piece)
      await this.#append(buffer)
    }
  }

  /** Writes `byteLength` bytes that `read` gives, from a distance on into a buffer. */
  async copy(byteLength: number, read: (into: Uint8Array, done: number) => Promise<void>): Promise<void> {
    const start = (done: number): Promise<Uint8Array> => {
      const buffer = this.#nextBuffer(Math.min(CHUNK_BYTES, byteLength - done))
      const filled = read(buffer, done).then(() => buffer)
      // Awaited at the next turn; until then a failure must not count as one that nobody handles.
      filled.catch(() => undefined)
      return filled
    }
    let ahead = start(0)
    for (let done = 0; done < byteLength; done += CHUNK_BYTES) {
      const buffer = await ahead
      if (done + CHUNK_BYTES < byteLength) ahead = start(done + CHUNK_BYTES)
      await this.#append(buffer)
    }
  }

  /** The buffer that was used longest ago: neither being written nor the last that was lent. */
  #nextBuffer(byteLength: number): Uint8Array {
    this.#turn = (this.#turn + 1) % this.#buffers.length
    return (this.#buffers[this.#turn] ?? new Uint8Array(CHUNK_BYTES)).subarray(0, byteLength)
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#signal.throwIfAborted()
    await this.#pending
    this.#pending = writeAll(this.#file, bytes, this.#byteLength)
    // Awaited at the next turn; until then a failure must not count as one that nobody handles.
    this.#pending.catch(() => undefined)
    this.#hash.update(bytes)
    this.#byteLength += bytes.byteLength
    this.#report(this.#byteLength)
  }

  async end(): Promise<WrittenXz> {
    await this.#pending
    return { byteLength: this.#byteLength, sha256: this.#hash.digest('hex') }
  }
}
