import { open } from 'node:fs/promises'

/** Reads the first `byteLength` bytes of a file, or all of a shorter one. Throws the system's error. */
export async function readHead(path: string, byteLength: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(byteLength), 0, byteLength, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
