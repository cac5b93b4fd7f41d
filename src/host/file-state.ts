import { statSync } from 'node:fs'

/** Returns a text that changes when a file is written or replaced. Throws the system's error if the file is missing. */
export function readFileState(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true })
  return `${ino} ${size} ${mtimeNs}`
}

/** Asynchronous `readFileState`. It rejects if the file is missing. */
export async function fileState(path: string): Promise<string> {
  return Promise.resolve().then(() => readFileState(path))
}
