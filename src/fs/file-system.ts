import type { ReadableDevice } from '../disk/block-device.ts'

export type FileKind = 'file' | 'directory' | 'link' | 'other'

/** What a directory entry leads to. */
export interface FileStatus {
  readonly kind: FileKind
  readonly byteLength: number
  /** Permission bits. 0 on FAT, which has none. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Owner and permission bits of a file. FAT has none and ignores them. */
export interface FileAccess {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/**
 * A mounted volume that can be read. Paths are `/`-separated from the volume's root, without a leading slash; FAT
 * compares them without regard to case.
 */
export interface FileReader {
  /** Returns the status of a path, or null if nothing is there. Does not follow a link at its end. */
  status(path: string): Promise<FileStatus | null>
  /** Reads a whole file. Returns null if there is no file. */
  readFile(path: string): Promise<Uint8Array | null>
  /** Lists the names in a directory, without `.` and `..`. Returns an empty list if there is no directory. */
  list(path: string): Promise<readonly string[]>
  /** Returns the target of a symbolic link, or null if there is no link. */
  readLink(path: string): Promise<string | null>
}

/** A mounted volume that can be written. */
export interface FileWriter extends FileReader {
  /** Writes a whole file. It replaces an older file. Missing parents are created with mode 0755, owned by root. */
  writeFile(path: string, content: Uint8Array, access: FileAccess): Promise<void>
  removeFile(path: string): Promise<void>
}

/** A volume whose files may be larger than memory. */
export interface LargeFileReader extends FileReader {
  /**
   * Tells whether a file holds exactly the bytes of `source`, read piece by piece. Returns false if there is no file.
   */
  hasContent(path: string, source: ReadableDevice): Promise<boolean>
}

/** A volume that also keeps symbolic links, and files larger than memory. */
export interface LinkWriter extends FileWriter, LargeFileReader {
  /** Writes a whole file as `writeFile` does, piece by piece. */
  copyFile(path: string, source: ReadableDevice, access: FileAccess): Promise<void>
  /**
   * Creates a folder, or changes the owner and mode of an existing one. Missing parents are created with mode 0755,
   * owned by root.
   */
  makeFolder(path: string, access: FileAccess): Promise<void>
  /** Creates a symbolic link. It replaces an older link. */
  writeLink(path: string, target: string): Promise<void>
}
