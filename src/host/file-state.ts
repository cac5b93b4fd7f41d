import { type BigIntStats, fstatSync, statSync } from 'node:fs'

/**
 * Returns a text that changes when a file is written or replaced. No program can set the time of the last change of
 * status (ctime), so a file that is edited and then given its old time of modification has another state. Throws the
 * system's error if the file is missing.
 */
export function readFileState(path: string): string {
  return describe(statSync(path, { bigint: true }))
}

/** Same as `readFileState`, for an open file, also after its name was given to another file. */
export function readDescriptorState(descriptor: number): string {
  return describe(fstatSync(descriptor, { bigint: true }))
}

/** Asynchronous `readFileState`. It rejects if the file is missing. */
export async function fileState(path: string): Promise<string> {
  return Promise.resolve().then(() => readFileState(path))
}

function describe({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
}
