import type { ReadableDevice } from '../disk/block-device.ts'

export type FileKind = 'file' | 'directory' | 'link' | 'other'

/** What a directory entry leads to. */
export interface FileStatus {
  readonly kind: FileKind
  readonly byteLength: number
  /** Permission bits, 0 on FAT, which keeps none. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Owner and permission bits of a file; FAT keeps none and ignores them. */
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
  /** Gives the status of a path, not following a link at its end; null where nothing is there. */
  status(path: string): Promise<FileStatus | null>
  /** Reads a whole file; null where there is no file. */
  readFile(path: string): Promise<Uint8Array | null>
  /** Names in a directory, without `.` and `..`; empty where there is no directory. */
  list(path: string): Promise<readonly string[]>
  /** Target of a symbolic link; null where there is no link. */
  readLink(path: string): Promise<string | null>
}

/** A mounted volume that can be written. */
export interface FileWriter extends FileReader {
  /** Writes a whole file, over an older one if there is one; missing parents are made (0755, root's). */
  writeFile(path: string, content: Uint8Array, access: FileAccess): Promise<void>
  removeFile(path: string): Promise<void>
}

/** A volume whose files may be larger than memory. */
export interface LargeFileReader extends FileReader {
  /** Whether a file holds the bytes of `source`, read piece by piece; false where there is no file. */
  hasContent(path: string, source: ReadableDevice): Promise<boolean>
}

/** A volume that also keeps symbolic links, and files larger than memory. */
export interface LinkWriter extends FileWriter, LargeFileReader {
  /** Writes a whole file as `writeFile` does, piece by piece. */
  copyFile(path: string, source: ReadableDevice, access: FileAccess): Promise<void>
  /** Makes a folder, or gives one that is there another owner and mode; missing parents are made (0755, root's). */
  makeFolder(path: string, access: FileAccess): Promise<void>
  /** Makes a symbolic link, in place of an older link. */
  writeLink(path: string, target: string): Promise<void>
}
