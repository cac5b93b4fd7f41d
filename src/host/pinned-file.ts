import { closeSync, openSync } from 'node:fs'
import { BuildError } from '../errors.ts'
import { readDescriptorState } from './file-state.ts'

/** A file that is open for reading and must stay as it is. Every reader uses the descriptor: the path may lead elsewhere. */
export interface PinnedFile {
  readonly path: string
  readonly descriptor: number
  /** Throws `FILE_CHANGED` if the file was written or replaced since it was opened. */
  readonly requireUnchanged: () => void
}

/**
 * Opens a file once for `use`, and closes it on every path. `state` is the file's `readFileState` at the time when it
 * was checked. Throws `FILE_CHANGED` if the file is another one by now, or if it can no longer be opened.
 */
export async function withPinnedFile<T>(
  { path, state }: { readonly path: string; readonly state: string },
  use: (file: PinnedFile) => Promise<T>,
): Promise<T> {
  const descriptor = open(path)
  try {
    const requireUnchanged = (): void => {
      if (readDescriptorState(descriptor) !== state) throw new BuildError('FILE_CHANGED', { file: path })
    }
    requireUnchanged()
    return await use({ path, descriptor, requireUnchanged })
  } finally {
    closeSync(descriptor)
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new BuildError('FILE_CHANGED', { file: path }, { cause })
  }
}
