import { equalBytes } from '../../bytes/equal-bytes.ts'
import type { ReadableDevice, WritableDevice } from '../../disk/block-device.ts'
import { MemoryDevice } from '../../disk/memory-device.ts'
import { BuildError } from '../../errors.ts'
import { MIB } from '../../units.ts'
import type { FileAccess, FileKind, FileStatus, LargeFileReader, LinkWriter } from '../file-system.ts'
import { parentPaths } from '../parent-paths.ts'
import { type Ext2fsDisk, type Ext2fsPromises, withExt2fs } from './load-ext2fs.ts'
import { readSuperblock, requireRecovered, requireSupported } from './read-superblock.ts'

/** libext2fs has a heap of 16 MiB. One transfer must be far smaller. */
const CHUNK_BYTES = 1 * MIB
const TYPE_MASK = 0o170000
const PERMISSION_MASK = 0o7777
const DIRECTORY_MODE = 0o755
const MAX_ID = 0xffff

/**
 * Error numbers: WASI's where the library maps them, else those of libext2fs (e2fsprogs, lib/ext2fs/ext2_err.et.in).
 */
const WASI_ENOENT = 44
const WASI_ENOSPC = 51
const WASI_ENOTDIR = 54
const EXT2_ET_BLOCK_ALLOC_FAIL = 2133571400
const EXT2_ET_INODE_ALLOC_FAIL = 2133571401
const EXT2_ET_NO_DIRECTORY = 2133571402
const EXT2_ET_FILE_NOT_FOUND = 2133571404
const EXT2_ET_DIR_NO_SPACE = 2133571366
const NOT_THERE: readonly number[] = [WASI_ENOENT, WASI_ENOTDIR, EXT2_ET_NO_DIRECTORY, EXT2_ET_FILE_NOT_FOUND]
const NO_SPACE: readonly number[] = [WASI_ENOSPC, EXT2_ET_BLOCK_ALLOC_FAIL, EXT2_ET_INODE_ALLOC_FAIL]

/** Mounts an ext4 volume for reading. Nothing is written. Throws `EXT4_INVALID`, `EXT4_FEATURE_UNSUPPORTED`. */
export async function withExt4Reader<T>(
  device: ReadableDevice,
  use: (volume: LargeFileReader) => Promise<T>,
): Promise<T> {
  requireSupported(readSuperblock(device))
  return withVolume(device, null, new Date(0), use)
}

/**
 * Mounts an ext4 volume for writing. Inodes get the time `clock`. Throws `EXT4_INVALID`, `EXT4_NEEDS_RECOVERY`,
 * `EXT4_FEATURE_UNSUPPORTED`, and `EXT4_FULL` if a file does not fit. After an error, discard the device's writes.
 */
export async function withExt4Writer<T>(
  device: WritableDevice,
  clock: Date,
  use: (volume: LinkWriter) => Promise<T>,
): Promise<T> {
  const superblock = readSuperblock(device)
  requireSupported(superblock)
  requireRecovered(superblock)
  return withVolume(device, device, clock, use)
}

async function withVolume<T>(
  device: ReadableDevice,
  writer: WritableDevice | null,
  clock: Date,
  use: (volume: Ext4Volume) => Promise<T>,
): Promise<T> {
  return withExt2fs(clock, async (ext2fs) => {
    const mount = await ext2fs.mount(diskOver(device, writer), 0).catch((cause: unknown) => {
      if (cause instanceof BuildError) throw cause
      throw new BuildError('EXT4_INVALID', { reason: `libext2fs cannot mount it (error ${errnoOf(cause)})` }, { cause })
    })
    const result = await use(new Ext4Volume(mount.promises))
    await attempt('unmount', '/', () => ext2fs.umount(mount))
    return result
  })
}

function diskOver(device: ReadableDevice, writer: WritableDevice | null): Ext2fsDisk {
  return {
    read: (buffer, bufferOffset, byteLength, byteOffset) => {
      device.read(byteOffset, buffer.subarray(bufferOffset, bufferOffset + byteLength))
      return { bytesRead: byteLength, buffer }
    },
    write: (buffer, bufferOffset, byteLength, byteOffset) => {
      // The library also flushes a volume that is mounted for reading. Those bytes are dropped.
      writer?.write(byteOffset, buffer.subarray(bufferOffset, bufferOffset + byteLength))
      return { bytesWritten: byteLength, buffer }
    },
    discard: () => undefined,
    flush: () => undefined,
  }
}

/** A mounted ext4 volume. It handles the traps and error numbers of ext2fs's interface. */
class Ext4Volume implements LinkWriter {
  readonly #fs: Ext2fsPromises

  constructor(fs: Ext2fsPromises) {
    this.#fs = fs
  }

  async status(path: string): Promise<FileStatus | null> {
    const stats = await orNullIfAbsent('look up', path, () => this.#fs.lstat(`/${path}`))
    if (stats === null) return null
    return {
      kind: kindOf(stats.mode),
      byteLength: stats.size,
      mode: stats.mode & PERMISSION_MASK,
      uid: stats.uid,
      gid: stats.gid,
    }
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    const byteLength = await this.#byteLengthOf(path)
    if (byteLength === null) return null
    const content = new Uint8Array(byteLength)
    for await (const { byteOffset, bytes } of this.#readChunks(path, byteLength)) content.set(bytes, byteOffset)
    return content
  }

  async hasContent(path: string, source: ReadableDevice): Promise<boolean> {
    const byteLength = await this.#byteLengthOf(path)
    if (byteLength !== source.byteLength) return false
    const expected = new Uint8Array(Math.min(CHUNK_BYTES, byteLength))
    for await (const { byteOffset, bytes } of this.#readChunks(path, byteLength)) {
      const piece = expected.subarray(0, bytes.byteLength)
      source.read(byteOffset, piece)
      if (!equalBytes(bytes, piece)) return false
    }
    return true
  }

  async list(path: string): Promise<readonly string[]> {
    const names = await orNullIfAbsent('list', path, () => this.#fs.readdir(`/${path}`))
    return (names ?? []).filter((name) => name !== '.' && name !== '..')
  }

  async readLink(path: string): Promise<string | null> {
    const status = await this.status(path)
    return status?.kind === 'link' ? attempt('read', path, () => this.#fs.readlink(`/${path}`)) : null
  }

  async writeFile(path: string, content: Uint8Array, access: FileAccess): Promise<void> {
    await this.copyFile(path, new MemoryDevice(content), access)
  }

  async copyFile(path: string, source: ReadableDevice, access: FileAccess): Promise<void> {
    const { byteLength } = source
    await this.#makeWay(path)
    const handle = await attempt('create', path, () => this.#fs.open(`/${path}`, 'w', access.mode), byteLength)
    for (let done = 0; done < byteLength; done += CHUNK_BYTES) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, byteLength - done))
      source.read(done, chunk)
      const written = await attempt('write', path, () => handle.write(chunk, 0, chunk.byteLength, done), byteLength)
      if (written.bytesWritten < chunk.byteLength) throw new BuildError('EXT4_FULL', { path, byteLength })
    }
    await attempt('close', path, () => handle.close())
    await this.#setAccess(path, access)
  }

  async makeFolder(path: string, access: FileAccess): Promise<void> {
    await this.#makeFolders([...parentPaths(path), path], path)
    await this.#setAccess(path, access)
  }

  async writeLink(path: string, target: string): Promise<void> {
    await this.#makeWay(path)
    await attempt('link', path, () => this.#fs.symlink(target, `/${path}`), target.length)
  }

  async removeFile(path: string): Promise<void> {
    await attempt('remove', path, () => this.#fs.unlink(`/${path}`))
  }

  /** Returns a file's length in bytes, or null if there is no file. Follows a link at the end of the path. */
  async #byteLengthOf(path: string): Promise<number | null> {
    const status = await this.status(path)
    if (status === null || (status.kind !== 'file' && status.kind !== 'link')) return null
    const handle = await orNullIfAbsent('open', path, () => this.#fs.open(`/${path}`, 'r', 0))
    if (handle === null) return null
    const { size } = await attempt('look up', path, () => handle.stat())
    await attempt('close', path, () => handle.close())
    return size
  }

  async *#readChunks(path: string, byteLength: number): AsyncGenerator<{ byteOffset: number; bytes: Uint8Array }> {
    const handle = await attempt('open', path, () => this.#fs.open(`/${path}`, 'r', 0))
    for (let done = 0; done < byteLength;) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, byteLength - done))
      const { bytesRead } = await attempt('read', path, () => handle.read(chunk, 0, chunk.byteLength, done))
      if (bytesRead === 0) throw new BuildError('EXT4_INVALID', { reason: `${path} is shorter than its inode says` })
      yield { byteOffset: done, bytes: chunk.subarray(0, bytesRead) }
      done += bytesRead
    }
    await attempt('close', path, () => handle.close())
  }

  /**
   * Removes an old file before a new one is written. Overwriting would follow a link, and would change the inode's
   * other names.
   */
  async #makeWay(path: string): Promise<void> {
    await this.#makeFolders(parentPaths(path), path)
    const kind = (await this.status(path))?.kind
    if (kind === undefined) return
    if (kind === 'directory') throw new BuildError('EXT4_PATH_TAKEN', { path, taken: path, kind: 'folder' })
    await this.removeFile(path)
  }

  /** Creates the missing ones of `folders`, outermost first. `path` is named in errors. */
  async #makeFolders(folders: readonly string[], path: string): Promise<void> {
    for (const folder of folders) {
      const kind = (await this.status(folder))?.kind
      if (kind === 'file') throw new BuildError('EXT4_PATH_TAKEN', { path, taken: folder, kind: 'file' })
      // It may be a link to a directory, such as /lib.
      if (kind !== undefined) continue
      await attempt('make', folder, () => this.#makeFolder(folder), 0)
      await this.#setAccess(folder, { mode: DIRECTORY_MODE, uid: 0, gid: 0 })
    }
  }

  /**
   * Creates a folder. The library expands a full directory for a file or a link, but not for a folder. So where its
   * parent is full, a file of the same name comes first. The entry of that file leaves enough room when it is removed.
   */
  async #makeFolder(folder: string): Promise<void> {
    try {
      await this.#fs.mkdir(`/${folder}`, DIRECTORY_MODE)
    } catch (error) {
      if (errnoOf(error) !== EXT2_ET_DIR_NO_SPACE) throw error
      const placeholder = await this.#fs.open(`/${folder}`, 'w', DIRECTORY_MODE)
      await placeholder.close()
      await this.#fs.unlink(`/${folder}`)
      await this.#fs.mkdir(`/${folder}`, DIRECTORY_MODE)
    }
  }

  // Sets the mode again after open and mkdir, because libext2fs applies a mask to it.
  async #setAccess(path: string, access: FileAccess): Promise<void> {
    // The library's chown keeps the low 16 bits of an id and silently drops the rest.
    if (access.uid > MAX_ID || access.gid > MAX_ID)
      throw new BuildError('BUG', { state: `owner above ${MAX_ID} for ${path}` })
    await attempt('chmod', path, () => this.#fs.chmod(`/${path}`, access.mode))
    await attempt('chown', path, () => this.#fs.chown(`/${path}`, access.uid, access.gid))
  }
}

function kindOf(mode: number): FileKind {
  switch (mode & TYPE_MASK) {
    case 0o100000:
      return 'file'
    case 0o040000:
      return 'directory'
    case 0o120000:
      return 'link'
    default:
      return 'other'
  }
}

/**
 * Runs one operation and translates its errors. `byteLength` is the space that the operation needs, if it needs space.
 */
async function attempt<T>(operation: string, path: string, work: () => Promise<T>, byteLength?: number): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof BuildError) throw cause
    const errno = errnoOf(cause)
    if (byteLength !== undefined && NO_SPACE.includes(errno)) {
      throw new BuildError('EXT4_FULL', { path, byteLength }, { cause })
    }
    throw new BuildError('EXT4_OPERATION_FAILED', { operation, path, errno }, { cause })
  }
}

async function orNullIfAbsent<T>(operation: string, path: string, work: () => Promise<T>): Promise<T | null> {
  return attempt(operation, path, async () => {
    try {
      return await work()
    } catch (error) {
      if (NOT_THERE.includes(errnoOf(error))) return null
      throw error
    }
  })
}

function errnoOf(error: unknown): number {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0
}
