import { statSync } from 'node:fs'

/** Changes when a file is written to or replaced. */
export function readFileState(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true })
  return `${ino} ${size} ${mtimeNs}`
}

/** `readFileState` for callers that wait: a missing file rejects. */
export async function fileState(path: string): Promise<string> {
  return Promise.resolve().then(() => readFileState(path))
}
