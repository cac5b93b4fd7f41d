import { readFile, stat } from 'node:fs/promises'
import { systemReason } from '../../host/system-reason.ts'
import { MIB } from '../../units.ts'

/** The bytes of a file, or why there are none. */
export type SourceFile =
  | { readonly kind: 'read'; readonly content: Uint8Array }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'too large' }
  /** The files of all layers together are larger than `LARGEST_SUM_BYTES`. */
  | { readonly kind: 'sum too large' }

/** Reads the files that a cluster names by `source`. */
export interface SourceFiles {
  /** What `~` stands for. */
  readonly homeFolder: string
  readonly read: (path: string) => Promise<SourceFile>
}

export const LARGEST_FILE_BYTES = 16 * MIB
/** All of them stay in memory until the last image is written. */
export const LARGEST_SUM_BYTES = 64 * MIB

/** Makes a reader that reads each path once and keeps what it read; to be called one after the other. */
export function createSourceFiles(homeFolder: string): SourceFiles {
  const known = new Map<string, SourceFile>()
  let sumBytes = 0
  return {
    homeFolder,
    read: async (path) => {
      const file = known.get(path) ?? (await readSource(path, LARGEST_SUM_BYTES - sumBytes))
      if (!known.has(path) && file.kind === 'read') sumBytes += file.content.byteLength
      known.set(path, file)
      return file
    },
  }
}

async function readSource(path: string, leftBytes: number): Promise<SourceFile> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) return { kind: 'unreadable', reason: 'it is not a regular file' }
    if (stats.size > LARGEST_FILE_BYTES) return { kind: 'too large' }
    if (stats.size > leftBytes) return { kind: 'sum too large' }
    return { kind: 'read', content: await readFile(path) }
  } catch (error) {
    return { kind: 'unreadable', reason: systemReason(error) }
  }
}
