import { constants, copyFile, open, type FileHandle } from 'node:fs/promises'
import { isZeroFilled } from '../bytes/equal-bytes.ts'
import { KIB, MIB } from '../units.ts'
import { runProgram } from './run-program.ts'
import { writeAll } from './write-all.ts'

const CHUNK_BYTES = 4 * MIB
/** Pieces of this length that are all zeros become holes. */
const HOLE_BYTES = 64 * KIB

/**
 * Copies a file, with holes where it holds zeros, in the fastest available way: a clone if the file system shares
 * blocks, else `cp --sparse` if installed (it asks the kernel for holes, which Node cannot), else reads and writes.
 * `target` must not exist. A failed copy may leave it.
 */
export async function copySparse(source: string, target: string, signal: AbortSignal): Promise<void> {
  if (await cloneFile(source, target)) return
  if (await copyWithCp(source, target, signal)) return
  signal.throwIfAborted()
  await copyByHand(source, target, signal)
}

async function cloneFile(source: string, target: string): Promise<boolean> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE)
    return true
  } catch {
    return false
  }
}

/**
 * Copies with GNU cp. Returns false if it is missing or fails for any reason. The copy by hand then succeeds or reports
 * the cause.
 */
async function copyWithCp(source: string, target: string, signal: AbortSignal): Promise<boolean> {
  const args = ['--sparse=auto', '--no-preserve=all', '--', source, target]
  return (await runProgram('cp', args, { signal })).status === 0
}

async function copyByHand(source: string, target: string, signal: AbortSignal): Promise<void> {
  const from = await open(source, 'r')
  try {
    const to = await open(target, 'w')
    try {
      await copyChunks(from, to, signal)
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

async function copyChunks(from: FileHandle, to: FileHandle, signal: AbortSignal): Promise<void> {
  const { size } = await from.stat()
  await to.truncate(size)
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let position = 0; position < size;) {
    signal.throwIfAborted()
    const { bytesRead } = await from.read(chunk, 0, CHUNK_BYTES, position)
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
