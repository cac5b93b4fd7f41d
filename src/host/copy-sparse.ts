import { constants, copyFile, open, type FileHandle } from 'node:fs/promises'
import { isZeroFilled } from '../bytes/equal-bytes.ts'
import { KIB, MIB } from '../units.ts'
import { runProgram } from './run-program.ts'
import { writeAll } from './write-all.ts'

const CHUNK_BYTES = 4 * MIB
/** The piece that is left out as a hole where it is all zero. */
const HOLE_BYTES = 64 * KIB

/**
 * Copies a file with holes where it is zero, by the fastest way there is: a clone where the file system shares blocks,
 * `cp --sparse` where it is installed (it asks the kernel for holes, which Node cannot), else reading and writing.
 * `target` must not exist; a failed copy may leave it behind.
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

/** False where there is no GNU cp or it fails for any reason: the copy by hand then meets the same and names it. */
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
