import { equalBytes } from '../../bytes/equal-bytes.ts'
import type { ReadableDevice } from '../../disk/block-device.ts'
import { readBytes } from '../../disk/read-bytes.ts'
import { SECTOR_BYTES } from '../../units.ts'
import type { FatBootSector } from './boot-sector.ts'
import { decodeDirectoryEntry, type DirectoryEntry, DIRECTORY_ENTRY_BYTES } from './directory-entry.ts'
import { FatTable, FIRST_CLUSTER } from './fat-table.ts'

/** What a check of a whole volume found. */
export interface FatFindings {
  /** What says that the system that wrote the volume last did not unmount it. Null: it did. */
  readonly dirtyPlace: string | null
  /** The first damage that fsck.fat would repair. Null: there is none. */
  readonly damage: string | null
}

type NamedEntry = Extract<DirectoryEntry, { readonly kind: 'file' | 'directory' }>

interface Directory {
  readonly path: string
  /** 0: the root directory, as `..` names it. */
  readonly firstCluster: number
  /** Null: the root directory. */
  readonly parentCluster: number | null
  readonly clusters: readonly number[]
}

/** Characters that no short name holds. Specification, "Name limits and character sets". */
const FORBIDDEN = /[\0-\x04\x06-\x1f"*./:<>?\\|\x7f]|^ |.\x05/
const DOT = '.'.padEnd(11)
const DOT_DOT = '..'.padEnd(11)

/**
 * Checks what fsck.fat checks: that the FATs are equal, that each file's chain of FAT clusters fits its size and belongs
 * to it alone, that each chain belongs to a file, and that directories hold well-formed names. It reads the first FAT,
 * the second FAT and all directories. FSInfo does not count, because it is a hint.
 */
export function checkFatVolume(device: ReadableDevice, bootSector: FatBootSector): FatFindings {
  const { type, clusterCount, fatCount } = bootSector
  const [first = new Uint8Array(), ...others] = Array.from({ length: fatCount }, (_, index) =>
    readFat(device, bootSector, index),
  )
  const table = new FatTable(first, type, clusterCount)
  return {
    dirtyPlace: bootSector.dirty ? 'its boot sector' : table.cleanlyUnmounted ? null : 'its FAT',
    damage: others.every((other) => equalBytes(first, other))
      ? new Inspection(device, bootSector, table).findDamage()
      : 'its FATs differ',
  }
}

/** Reads the entries of the first FAT. */
export function readFatTable(device: ReadableDevice, bootSector: FatBootSector): FatTable {
  return new FatTable(readFat(device, bootSector, 0), bootSector.type, bootSector.clusterCount)
}

function readFat(device: ReadableDevice, bootSector: FatBootSector, index: number): Uint8Array {
  const { type, clusterCount, reservedSectors, sectorsPerFat } = bootSector
  const firstSector = reservedSectors + index * sectorsPerFat
  return readBytes(device, firstSector * SECTOR_BYTES, FatTable.byteLength(type, clusterCount))
}

/** A walk through all directories of a volume. It notes which FAT clusters have an owner. */
class Inspection {
  readonly #device: ReadableDevice
  readonly #bootSector: FatBootSector
  readonly #table: FatTable
  readonly #owned: Uint8Array

  constructor(device: ReadableDevice, bootSector: FatBootSector, table: FatTable) {
    this.#device = device
    this.#bootSector = bootSector
    this.#table = table
    this.#owned = new Uint8Array(table.clusterCount + FIRST_CLUSTER)
  }

  findDamage(): string | null {
    if (!this.#table.hasMediaEntry) return 'the first entry of its FAT is wrong'
    const { rootEntryCount, rootCluster } = this.#bootSector
    const rootChain = rootEntryCount > 0 ? [] : this.#claim('/', rootCluster)
    if (typeof rootChain === 'string') return rootChain
    const directories: Directory[] = [{ path: '', firstCluster: 0, parentCluster: null, clusters: rootChain }]
    for (const directory of directories) {
      const found = this.#inspect(directory)
      if (typeof found === 'string') return found
      directories.push(...found)
    }
    return this.#findLost()
  }

  /** Returns the directories in a directory, or its damage. */
  #inspect(directory: Directory): readonly Directory[] | string {
    // Linux and fsck.fat read on after an entry that is free, and so do we.
    const entries = [...this.#entriesOf(directory)].filter(isNamed)
    const own = directory.parentCluster === null ? entries : withoutDots(entries, directory)
    if (typeof own === 'string') return own
    const names = new Set(own.map(({ name }) => name))
    if (names.size < own.length) return `${directory.path}/ holds a name twice`
    const found: Directory[] = []
    for (const { kind, name, firstCluster, byteLength } of own) {
      const path = `${directory.path}/${formatName(name)}`
      if (FORBIDDEN.test(name)) return `${path} is no name`
      const clusters = firstCluster === 0 && kind === 'file' ? [] : this.#claim(path, firstCluster)
      if (typeof clusters === 'string') return clusters
      const neededCount = Math.ceil(byteLength / (this.#bootSector.sectorsPerCluster * SECTOR_BYTES))
      if (kind === 'file' && clusters.length !== neededCount)
        return `${path} has ${clusters.length} FAT clusters, but its size needs ${neededCount}`
      if (kind === 'directory' && byteLength !== 0) return `${path} is a folder with a size`
      if (kind === 'directory') {
        found.push({ path, firstCluster, parentCluster: directory.firstCluster, clusters })
      }
    }
    return found
  }

  /** Gives the FAT clusters of a chain to its file, and returns them. Returns the damage where that cannot be. */
  #claim(path: string, firstCluster: number): readonly number[] | string {
    const clusters: number[] = []
    for (let cluster = firstCluster; ;) {
      if (!this.#table.holds(cluster))
        return `${path} goes on in FAT cluster ${cluster}, which is outside of the volume`
      if (this.#owned[cluster] !== 0) return `${path} shares FAT cluster ${cluster} with another file, or with itself`
      this.#owned[cluster] = 1
      clusters.push(cluster)
      const next = this.#table.entry(cluster)
      if (next === 'end') return clusters
      if (typeof next === 'string') return `${path} holds FAT cluster ${cluster}, which is ${next}`
      cluster = next
    }
  }

  #findLost(): string | null {
    let count = 0
    for (let cluster = FIRST_CLUSTER; cluster < this.#owned.byteLength; cluster += 1) {
      if (this.#owned[cluster] === 1) continue
      const entry = this.#table.entry(cluster)
      if (entry !== 'free' && entry !== 'bad') count += 1
    }
    return count === 0 ? null : `${count} of its FAT clusters are in use, but belong to no file`
  }

  *#entriesOf({ parentCluster, clusters }: Directory): Generator<DirectoryEntry, void, undefined> {
    const wide = this.#bootSector.type === 'FAT32'
    const pieces =
      parentCluster === null && clusters.length === 0 ? [this.#fixedRoot()] : clusters.map((one) => this.#cluster(one))
    for (const piece of pieces) {
      for (let at = 0; at < piece.byteLength; at += DIRECTORY_ENTRY_BYTES) {
        yield decodeDirectoryEntry(piece.subarray(at, at + DIRECTORY_ENTRY_BYTES), wide)
      }
    }
  }

  #fixedRoot(): Uint8Array {
    const { reservedSectors, fatCount, sectorsPerFat, rootEntryCount } = this.#bootSector
    const firstSector = reservedSectors + fatCount * sectorsPerFat
    return readBytes(this.#device, firstSector * SECTOR_BYTES, rootEntryCount * DIRECTORY_ENTRY_BYTES)
  }

  #cluster(cluster: number): Uint8Array {
    const { firstDataSector, sectorsPerCluster } = this.#bootSector
    const sector = firstDataSector + (cluster - FIRST_CLUSTER) * sectorsPerCluster
    return readBytes(this.#device, sector * SECTOR_BYTES, sectorsPerCluster * SECTOR_BYTES)
  }
}

function isNamed(entry: DirectoryEntry): entry is NamedEntry {
  return entry.kind === 'file' || entry.kind === 'directory'
}

/** A folder begins with `.`, which names itself, and `..`, which names the folder above. */
function withoutDots(
  [self, above, ...others]: readonly NamedEntry[],
  { path, firstCluster, parentCluster }: Directory,
): readonly NamedEntry[] | string {
  const sound =
    self?.name === DOT &&
    self.firstCluster === firstCluster &&
    above?.name === DOT_DOT &&
    above.firstCluster === parentCluster
  return sound ? others : `${path} does not begin with the entries of itself and of the folder above`
}

function formatName(name: string): string {
  const [base, extension] = [name.slice(0, 8).trimEnd(), name.slice(8).trimEnd()]
  return extension === '' ? base : `${base}.${extension}`
}
