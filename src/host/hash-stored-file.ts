import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, statfs } from 'node:fs/promises'
import { MIB } from '../units.ts'
import { sha256File, type Sha256FileOptions } from './sha256-file.ts'

/** Where bytes were read from: the disk itself, or the kernel's memory, which may hold what the disk failed to store. */
export type ReadFrom = 'disk' | 'memory'

export interface StoredHash {
  /** Lower-case hex. */
  readonly sha256: string
  readonly readFrom: ReadFrom
}

/**
 * Types of file systems, statfs(2), that take O_DIRECT and may still read from memory. tmpfs and ramfs have no disk.
 * OpenZFS ignores the flag before version 2.3, and later where the property `direct` says so, zfsprops(7). btrfs reads
 * compressed and short files through memory in spite of it: https://git.zx2c4.com/linux-dev/commit/?id=4b46fce23349.
 */
const READS_FROM_MEMORY: readonly number[] = [
  0x01021994, // TMPFS_MAGIC
  0x858458f6, // RAMFS_MAGIC
  0x2fc12fc1, // ZFS_SUPER_MAGIC
  0x9123683e, // BTRFS_SUPER_MAGIC
]

const CHUNK_BYTES = 4 * MIB
const WASM_PAGE_BYTES = 65_536

/**
 * Returns the SHA-256 of a flushed file as it is on the disk. Linux reads past its memory with O_DIRECT, open(2). Other
 * systems offer that to no Node program, and some file systems refuse or ignore it: the result says so. Throws the system's
 * error, or the reason of the signal.
 */
export async function hashStoredFile(path: string, options: Sha256FileOptions): Promise<StoredHash> {
  const direct = await openDirect(path)
  if (direct !== null) {
    try {
      return { sha256: await hashDirect(direct, options), readFrom: await placeOfReads(path) }
    } catch (error) {
      // Some file systems take the flag and refuse the read.
      if (!isRefusal(error)) throw error
    } finally {
      await direct.close()
    }
  }
  return { sha256: await sha256File(path, options), readFrom: 'memory' }
}

/** Says where a file system reads from with O_DIRECT. If it is not known, the answer is what Linux promises. */
async function placeOfReads(path: string): Promise<ReadFrom> {
  const { type } = await statfs(path)
  // Systems of 32 bits give a signed number.
  return READS_FROM_MEMORY.includes(type >>> 0) ? 'memory' : 'disk'
}

async function openDirect(path: string): Promise<FileHandle | null> {
  // Node's types name the flag on every system. Only Linux has it.
  const flag = (constants as Readonly<Partial<typeof constants>>).O_DIRECT
  if (flag === undefined) return null
  try {
    return await open(path, constants.O_RDONLY | flag)
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'ENOTSUP')
}

async function hashDirect(file: FileHandle, { signal, onProgress }: Sha256FileOptions): Promise<string> {
  const hash = createHash('sha256')
  const chunk = spareChunks.pop() ?? alignedMemory(CHUNK_BYTES)
  try {
    for (let byteOffset = 0; ;) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, byteOffset)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, bytesRead))
      byteOffset += bytesRead
      onProgress?.(byteOffset)
    }
  } finally {
    spareChunks.push(chunk)
  }
}

/** Chunks that no reader uses now. Each takes 10 GB of addresses, although it holds 4 MiB, so they are used again. */
const spareChunks: Uint8Array[] = []

/** The part of WebAssembly that is used here. The types of Node name none of it. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer }
}

/** Returns memory that begins at a page, as O_DIRECT needs. Only WebAssembly promises that. */
function alignedMemory(byteLength: number): Uint8Array {
  return new Uint8Array(new WebAssembly.Memory({ initial: byteLength / WASM_PAGE_BYTES }).buffer)
}
