import { type FileHandle, open } from 'node:fs/promises'
import { isZeroFilled } from '../bytes/equal-bytes.ts'
import { KIB, MIB } from '../units.ts'
import { writeAll } from './write-all.ts'

/** Zero runs of this length, aligned, become holes. */
const HOLE_BYTES = 64 * KIB

/**
 * Writes chunks to a new file and leaves long runs of zeros as holes. Returns the file's length in bytes. Holds at most
 * 1 MiB in memory. Throws the system's error.
 */
export async function writeSparseFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'wx')
  try {
    const byteLength = await writeChunks(file, chunks)
    // Only the file's length makes a hole at the end.
    await file.truncate(byteLength)
    return byteLength
  } finally {
    await file.close()
  }
}

async function writeChunks(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const buffer = new Uint8Array(MIB)
  let flushedBytes = 0
  let bufferedBytes = 0
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.byteLength;) {
      const piece = chunk.subarray(from, from + buffer.byteLength - bufferedBytes)
      buffer.set(piece, bufferedBytes)
      bufferedBytes += piece.byteLength
      from += piece.byteLength
      if (bufferedBytes === buffer.byteLength) {
        await writeData(file, buffer, flushedBytes)
        flushedBytes += bufferedBytes
        bufferedBytes = 0
      }
    }
  }
  await writeData(file, buffer.subarray(0, bufferedBytes), flushedBytes)
  return flushedBytes + bufferedBytes
}

/** Writes the data that are not zero, in runs as long as possible. */
async function writeData(file: FileHandle, bytes: Uint8Array, byteOffset: number): Promise<void> {
  let runStart = 0
  for (let from = 0; from < bytes.byteLength; from += HOLE_BYTES) {
    if (!isZeroFilled(bytes.subarray(from, from + HOLE_BYTES))) continue
    await writeAll(file, bytes.subarray(runStart, from), byteOffset + runStart)
    runStart = Math.min(from + HOLE_BYTES, bytes.byteLength)
  }
  await writeAll(file, bytes.subarray(runStart), byteOffset + runStart)
}
