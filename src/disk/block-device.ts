/**
 * Random-access bytes. Reads and writes are synchronous because the file system libraries, compiled C, call them in the
 * middle of their own work. Access outside the device throws `DISK_OUT_OF_RANGE`: nothing is ever clamped.
 */
export interface ReadableDevice {
  readonly byteLength: number
  /** Fills `into` with the bytes that start at `byteOffset`. */
  read(byteOffset: number, into: Uint8Array): void
}

export interface WritableDevice extends ReadableDevice {
  write(byteOffset: number, bytes: Uint8Array): void
}
