/**
 * Random-access bytes. Reads and writes are synchronous: the file system libraries are compiled C, which calls them and
 * waits. Access outside the device throws `DISK_OUT_OF_RANGE`. No range is ever shortened.
 */
export interface ReadableDevice {
  readonly byteLength: number
  /** Fills `into` with the bytes that start at `byteOffset`. */
  read(byteOffset: number, into: Uint8Array): void
}

export interface WritableDevice extends ReadableDevice {
  write(byteOffset: number, bytes: Uint8Array): void
}
