import { statSync } from 'node:fs'

/** Changes when a file is written to or replaced. */
export function readFileState(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true })
  return `${ino} ${size} ${mtimeNs}`
}
