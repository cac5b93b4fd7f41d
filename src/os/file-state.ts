import { stat } from 'node:fs/promises'

/** Changes when a file is written to or replaced. */
export async function fileState(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true })
  return `${ino} ${size} ${mtimeNs}`
}
