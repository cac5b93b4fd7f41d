import * as FatFs from 'js-fatfs'
import type { ReadableDevice, WritableDevice } from '../../disk/block-device.ts'
import { readBytes } from '../../disk/read-bytes.ts'
import { BuildError } from '../../errors.ts'
import { KIB, SECTOR_BYTES } from '../../units.ts'
import type { FileReader, FileStatus, FileWriter } from '../file-system.ts'
import { parentPaths } from '../parent-paths.ts'
import { decodeFatBootSector, type FatBootSector } from './boot-sector.ts'
import { checkFatVolume, readFatTable } from './check-fat-volume.ts'
import { createFatFs } from './create-fat-fs.ts'
import { FatDiskIo } from './fat-disk-io.ts'
import { FatTable } from './fat-table.ts'
import { decodeFreeCount, withFreeCount } from './fs-info.ts'

const BUFFER_BYTES = 64 * KIB
/** FatFs writes byte counts as 32-bit integers. */
const POINTER_BYTES = 4
/** FAT16 begins at 4085, FAT32 at 65525. FatFs takes both for the type below. */
const BORDER_CLUSTER_COUNTS: readonly number[] = [4085, 65525]
const NOT_THERE: readonly number[] = [FatFs.FR_NO_FILE, FatFs.FR_NO_PATH]

/** FatFs takes the FAT clusters of a folder for full at 2 MiB of entries. */
const MAX_FOLDER_ENTRIES = 65536

/** Mounts a FAT volume for reading. Throws `FAT_INVALID` if the device holds none, `FAT_UNSUPPORTED`. */
export async function withFatReader<T>(device: ReadableDevice, use: (volume: FileReader) => Promise<T>): Promise<T> {
  // FatFs needs a clock, although reading writes no times.
  return withVolume(device, requireSupported(device), null, new Date(0), use)
}

/**
 * Checks a whole FAT volume before it is written, as fsck.fat does. Throws `FAT_INVALID`, `FAT_UNSUPPORTED`,
 * `FAT_DAMAGED`, and `FAT_DIRTY` if it was not unmounted.
 */
export function requireSoundFat(device: ReadableDevice): void {
  const { dirtyPlace, damage } = checkFatVolume(device, requireSupported(device))
  if (damage !== null) throw new BuildError('FAT_DAMAGED', { damage })
  // A half-written kernel in a sound file looks as any other.
  if (dirtyPlace !== null) throw new BuildError('FAT_DIRTY', { place: dirtyPlace })
}

/**
 * Mounts a FAT volume for writing, which `requireSoundFat` has accepted. Files get the time `clock`, in UTC. Throws
 * `FAT_INVALID` if the device holds no FAT volume, `FAT_UNSUPPORTED`, and `FAT_FULL` or `FAT_DIRECTORY_FULL` if a file
 * does not fit. After an error, discard the device's writes.
 */
export async function withFatWriter<T>(
  device: WritableDevice,
  clock: Date,
  use: (volume: FileWriter) => Promise<T>,
): Promise<T> {
  const bootSector = requireSupported(device)
  correctFsInfo(device, bootSector)
  return withVolume(device, bootSector, device, clock, use)
}

async function withVolume<T>(
  device: ReadableDevice,
  { rootEntryCount }: FatBootSector,
  writer: WritableDevice | null,
  clock: Date,
  use: (volume: FatVolume) => Promise<T>,
): Promise<T> {
  const diskIo = new FatDiskIo(device, writer)
  const volume = new FatVolume(await createFatFs(diskIo, clock), diskIo, rootEntryCount)
  volume.mount()
  const result = await use(volume)
  volume.unmount()
  return result
}

function requireSupported(device: ReadableDevice): FatBootSector {
  const sector = new Uint8Array(Math.min(SECTOR_BYTES, device.byteLength))
  device.read(0, sector)
  const bootSector = sector.byteLength < SECTOR_BYTES ? null : decodeFatBootSector(sector)
  if (bootSector === null) throw new BuildError('FAT_INVALID', { reason: 'its first sector is no FAT boot sector' })
  const reason = unsupportedReason(bootSector)
  if (reason !== null) throw new BuildError('FAT_UNSUPPORTED', { reason })
  if (bootSector.totalSectors * SECTOR_BYTES > device.byteLength) {
    throw new BuildError('FAT_INVALID', { reason: 'it is longer than its partition' })
  }
  const { clusterCount, type, sectorsPerFat } = bootSector
  if (FatTable.byteLength(type, clusterCount) > sectorsPerFat * SECTOR_BYTES) {
    throw new BuildError('FAT_INVALID', { reason: 'its FAT is too short for its size' })
  }
  return bootSector
}

/** Linux takes all of these. FatFs takes none, and reads a volume at the border between two types as the wrong one. */
function unsupportedReason(bootSector: FatBootSector): string | null {
  const { bytesPerSector, clusterCount, hasFat32Fields, mirrored, type } = bootSector
  if (bytesPerSector !== SECTOR_BYTES) return `its sectors have ${bytesPerSector} bytes, not ${SECTOR_BYTES}`
  if (hasFat32Fields !== (type === 'FAT32') || BORDER_CLUSTER_COUNTS.includes(clusterCount))
    return `${clusterCount} FAT clusters are the wrong number for ${hasFat32Fields ? 'FAT32' : 'FAT12 or FAT16'}`
  return mirrored ? null : 'its FATs are not mirrored'
}

/**
 * FSInfo is a hint, which Linux ignores and fsck.fat corrects. FatFs trusts it, and would find no room if the count is
 * too low.
 */
function correctFsInfo(device: WritableDevice, bootSector: FatBootSector): void {
  const { fsInfoSector } = bootSector
  if (fsInfoSector === 0) return
  const sector = readBytes(device, fsInfoSector * SECTOR_BYTES, SECTOR_BYTES)
  const noted = decodeFreeCount(sector)
  const { freeClusterCount } = readFatTable(device, bootSector)
  if (noted !== null && noted !== freeClusterCount)
    device.write(fsInfoSector * SECTOR_BYTES, withFreeCount(sector, freeClusterCount))
}

/** A mounted FAT volume. It handles the memory and result codes of FatFs's C interface. */
class FatVolume implements FileWriter {
  readonly #fatFs: FatFs.FatFs
  readonly #diskIo: FatDiskIo
  readonly #rootEntryCount: number
  // Nothing is freed: the memory of the whole instance is released with the instance.
  readonly #workArea: number
  readonly #file: number
  readonly #info: number
  readonly #directory: number
  readonly #buffer: number
  readonly #count: number

  /** `rootEntryCount`: 0 if the root directory can grow. */
  constructor(fatFs: FatFs.FatFs, diskIo: FatDiskIo, rootEntryCount: number) {
    this.#fatFs = fatFs
    this.#diskIo = diskIo
    this.#rootEntryCount = rootEntryCount
    this.#workArea = fatFs.malloc(FatFs.sizeof_FATFS)
    this.#file = fatFs.malloc(FatFs.sizeof_FIL)
    this.#info = fatFs.malloc(FatFs.sizeof_FILINFO)
    this.#directory = fatFs.malloc(FatFs.sizeof_DIR)
    this.#buffer = fatFs.malloc(BUFFER_BYTES)
    this.#count = fatFs.malloc(POINTER_BYTES)
  }

  mount(): void {
    this.#require(this.#fatFs.f_mount(this.#workArea, '', 1), '')
  }

  unmount(): void {
    this.#require(this.#fatFs.f_unmount(''), '')
  }

  // The interface is asynchronous for ext4's sake.
  async status(path: string): Promise<FileStatus | null> {
    return Promise.resolve(this.#status(path))
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    if (this.#status(path)?.kind !== 'file') return null
    return Promise.resolve(
      this.#withFile(path, FatFs.FA_READ, 0, () => {
        const content = new Uint8Array(this.#fatFs.f_size(this.#file))
        for (let done = 0; done < content.byteLength;) {
          const wanted = Math.min(BUFFER_BYTES, content.byteLength - done)
          this.#require(this.#fatFs.f_read(this.#file, this.#buffer, wanted, this.#count), path)
          const byteLength = this.#transferred()
          // The cluster chain is shorter than the size in the directory entry.
          if (byteLength === 0)
            throw new BuildError('FAT_INVALID', { reason: `${path} is shorter than its directory entry says` })
          content.set(this.#fatFs.HEAPU8.subarray(this.#buffer, this.#buffer + byteLength), done)
          done += byteLength
        }
        return content
      }),
    )
  }

  async list(path: string): Promise<readonly string[]> {
    const result = this.#fatFs.f_opendir(this.#directory, `/${path}`)
    if (NOT_THERE.includes(result)) return Promise.resolve([])
    this.#require(result, path)
    const names: string[] = []
    for (;;) {
      this.#require(this.#fatFs.f_readdir(this.#directory, this.#info), path)
      const name = this.#fatFs.FILINFO_fname(this.#info)
      if (name === '') break
      names.push(name)
    }
    this.#require(this.#fatFs.f_closedir(this.#directory), path)
    return names
  }

  async readLink(): Promise<null> {
    return Promise.resolve(null)
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    for (const parent of parentPaths(path)) this.#makeDirectory(parent)
    if (this.#status(path)?.kind === 'directory') throw new BuildError('FAT_PATH_TAKEN', { path })
    // FatFs was built without f_chmod, and neither opens nor removes such a file.
    if (this.#isReadOnly(path)) throw new BuildError('FAT_FILE_READ_ONLY', { path })
    // An existing file keeps its directory entry and name. Only its chain, size and times change.
    const mode = FatFs.FA_WRITE | FatFs.FA_OPEN_ALWAYS
    this.#withFile(path, mode, content.byteLength, () => {
      for (let done = 0; done < content.byteLength; done += BUFFER_BYTES) {
        const piece = content.subarray(done, done + BUFFER_BYTES)
        this.#fatFs.HEAPU8.set(piece, this.#buffer)
        this.#require(this.#fatFs.f_write(this.#file, this.#buffer, piece.byteLength, this.#count), path)
        if (this.#transferred() < piece.byteLength)
          throw new BuildError('FAT_FULL', { path, byteLength: content.byteLength })
      }
      this.#require(this.#fatFs.f_truncate(this.#file), path)
    })
    return Promise.resolve()
  }

  async removeFile(path: string): Promise<void> {
    if (this.#isReadOnly(path)) throw new BuildError('FAT_FILE_READ_ONLY', { path })
    this.#require(this.#fatFs.f_unlink(`/${path}`), path)
    return Promise.resolve()
  }

  #status(path: string): FileStatus | null {
    const result = this.#fatFs.f_stat(`/${path}`, this.#info)
    if (NOT_THERE.includes(result)) return null
    this.#require(result, path)
    const isDirectory = (this.#fatFs.FILINFO_fattrib(this.#info) & FatFs.AM_DIR) !== 0
    const byteLength = isDirectory ? 0 : this.#fatFs.FILINFO_fsize(this.#info)
    return { kind: isDirectory ? 'directory' : 'file', byteLength, mode: 0, uid: 0, gid: 0 }
  }

  #isReadOnly(path: string): boolean {
    return this.#status(path) !== null && (this.#fatFs.FILINFO_fattrib(this.#info) & FatFs.AM_RDO) !== 0
  }

  #makeDirectory(path: string): void {
    const result = this.#fatFs.f_mkdir(`/${path}`)
    if (result !== FatFs.FR_EXIST) this.#require(result, path)
  }

  /** `byteLength` is the space that the file needs. */
  #withFile<T>(path: string, mode: number, byteLength: number, use: () => T): T {
    this.#require(this.#fatFs.f_open(this.#file, `/${path}`, mode), path, byteLength)
    const result = use()
    this.#require(this.#fatFs.f_close(this.#file), path)
    return result
  }

  #transferred(): number {
    return this.#fatFs.getValue(this.#count, 'i32') >>> 0
  }

  /** FatFs returns "denied" if no FAT cluster is free for a directory that must grow, or if it can grow no more. */
  #noRoom(path: string, byteLength: number): BuildError {
    const folder = parentPaths(path).at(-1) ?? ''
    const freeCount = this.#fatFs.f_getfree('', this.#count, this.#buffer) === FatFs.FR_OK ? this.#transferred() : 0
    if (freeCount === 0) return new BuildError('FAT_FULL', { path, byteLength })
    const entryCount = folder === '' && this.#rootEntryCount > 0 ? this.#rootEntryCount : MAX_FOLDER_ENTRIES
    return new BuildError('FAT_DIRECTORY_FULL', { path, folder: `/${folder}`, entryCount })
  }

  #require(result: number, path: string, byteLength = 0): void {
    switch (result) {
      case FatFs.FR_OK:
        return
      case FatFs.FR_DISK_ERR:
        if (this.#diskIo.failure instanceof Error) throw this.#diskIo.failure
        throw new BuildError('FAT_INVALID', { reason: 'FatFs reports a disk error' })
      case FatFs.FR_NO_FILESYSTEM:
        throw new BuildError('FAT_INVALID', { reason: 'it has no FAT file system that FatFs can mount' })
      case FatFs.FR_INT_ERR:
        throw new BuildError('FAT_INVALID', { reason: `its FAT is damaged${path === '' ? '' : ` at ${path}`}` })
      case FatFs.FR_DENIED:
        throw this.#noRoom(path, byteLength)
      default:
        throw new BuildError('FAT_PATH_REFUSED', { path, result })
    }
  }
}
