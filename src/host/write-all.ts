import type { FileHandle } from 'node:fs/promises'

/** Writes all bytes at an offset. A single system call may write fewer. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, byteOffset: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, byteOffset + done)
    done += bytesWritten
  }
}
