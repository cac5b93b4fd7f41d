import { fstatSync, read as readCallback } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { isZeroFilled } from '../bytes/equal-bytes.ts'
import { KIB, MIB } from '../units.ts'
import { OWNER_ONLY } from './owner-only.ts'
import type { PinnedFile } from './pinned-file.ts'
import { runProgram } from './run-program.ts'
import { writeAll } from './write-all.ts'

const read = promisify(readCallback)

const CHUNK_BYTES = 4 * MIB
/** Pieces of this length that are all zeros become holes. */
const HOLE_BYTES = 64 * KIB

/**
 * Copies an open file to a new one, with holes where it holds zeros, in the fastest available way: GNU cp, if
 * installed, clones the file or asks the kernel for holes, which Node cannot. Else it reads and writes. Only its owner
 * can open the copy, from its creation on: secrets may follow. A failed copy may leave `target`. Throws the system's error.
 */
export async function copySparse(
  source: Pick<PinnedFile, 'descriptor'>,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const to = await open(target, 'wx', OWNER_ONLY)
  try {
    if (await copyWithCp(source, target, signal)) return
    signal.throwIfAborted()
    await copyByHand(source, to, signal)
  } finally {
    await to.close()
  }
}

/**
 * Copies with GNU cp into the new file, which keeps its mode. cp reads the open file, not its name, which may lead to
 * another file by now. Returns false if cp is missing or fails for any reason. The copy by hand then succeeds or
 * reports the cause.
 */
async function copyWithCp(
  { descriptor }: Pick<PinnedFile, 'descriptor'>,
  target: string,
  signal: AbortSignal,
): Promise<boolean> {
  const args = ['--reflink=auto', '--sparse=auto', '--', '/dev/stdin', target]
  return (await runProgram('cp', args, { signal, stdin: descriptor })).status === 0
}

async function copyByHand(
  { descriptor }: Pick<PinnedFile, 'descriptor'>,
  to: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  const { size } = fstatSync(descriptor)
  // Removes what cp may have written.
  await to.truncate(0)
  await to.truncate(size)
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let position = 0; position < size;) {
    signal.throwIfAborted()
    const { bytesRead } = await read(descriptor, chunk, 0, CHUNK_BYTES, position)
    // The file became shorter, which its owner finds with `requireUnchanged`.
    if (bytesRead === 0) return
    await writeData(to, chunk.subarray(0, bytesRead), position)
    position += bytesRead
  }
}

async function writeData(to: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let start = 0; start < chunk.byteLength;) {
    if (isZeroFilled(chunk.subarray(start, start + HOLE_BYTES))) {
      start += HOLE_BYTES
      continue
    }
    let end = start + HOLE_BYTES
    while (end < chunk.byteLength && !isZeroFilled(chunk.subarray(end, end + HOLE_BYTES))) end += HOLE_BYTES
    await writeAll(to, chunk.subarray(start, end), position + start)
    start = end
  }
}
