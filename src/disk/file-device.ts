import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { BuildError } from '../errors.ts'
import type { ReadableDevice, WritableDevice } from './block-device.ts'
import { requireRange } from './require-range.ts'

/**
 * A file to read: its path, or a descriptor that is already open, which stays open. Two openings of one path can reach
 * two files, if the file is replaced in between. Threads of a process share its descriptors.
 */
export type FileSource = string | OpenedFile

export interface OpenedFile {
  readonly descriptor: number
  /** Named in errors. */
  readonly path: string
}

/** Returns the path of a file, for errors. */
export function pathOf(source: FileSource): string {
  return typeof source === 'string' ? source : source.path
}

/** A read-only device over a file. */
class FileDevice implements ReadableDevice {
  readonly byteLength: number
  protected readonly path: string
  protected readonly fd: number

  constructor(path: string, fd: number) {
    this.path = path
    this.fd = fd
    this.byteLength = fstatSync(fd).size
  }

  read(byteOffset: number, into: Uint8Array): void {
    requireRange(this, byteOffset, into.byteLength)
    for (let done = 0; done < into.byteLength;) {
      const byteLength = readSync(this.fd, into, done, into.byteLength - done, byteOffset + done)
      if (byteLength === 0) throw new BuildError('DISK_FILE_SHRANK', { file: this.path, byteOffset: byteOffset + done })
      done += byteLength
    }
  }
}

class WritableFileDevice extends FileDevice implements WritableDevice {
  write(byteOffset: number, bytes: Uint8Array): void {
    requireRange(this, byteOffset, bytes.byteLength)
    for (let done = 0; done < bytes.byteLength;) {
      done += writeSync(this.fd, bytes, done, bytes.byteLength - done, byteOffset + done)
    }
  }
}

/**
 * Opens a file as a read-only device for `use`. The file is closed on every path. Throws the system's error if the file
 * cannot be opened.
 */
export async function withFileDevice<T>(
  source: FileSource,
  use: (device: ReadableDevice) => T | Promise<T>,
): Promise<T> {
  if (typeof source !== 'string') return use(new FileDevice(source.path, source.descriptor))
  const fd = openSync(source, 'r')
  try {
    return await use(new FileDevice(source, fd))
  } finally {
    closeSync(fd)
  }
}

/**
 * Opens an existing file as a writable device for `use`. The file is closed on every path. Throws the system's error if
 * the file cannot be opened.
 */
export async function withWritableFileDevice<T>(
  path: string,
  use: (device: WritableDevice) => T | Promise<T>,
): Promise<T> {
  const fd = openSync(path, 'r+')
  try {
    return await use(new WritableFileDevice(path, fd))
  } finally {
    closeSync(fd)
  }
}
