import { onTestFinished } from 'vitest'
import type { WriteOptions } from '../../src/artifact/write-artifact.ts'
import { readFileState } from '../../src/host/file-state.ts'
import { type PinnedFile, withPinnedFile } from '../../src/host/pinned-file.ts'
import { withXzSource, type XzSource } from '../../src/xz-cache/xz-source.ts'
import type { BlockWorkers } from '../../src/xz/threads/block-workers.ts'

/** Options of a writer in a folder whose lock nobody takes over. */
export function writeOptions(outFolder: string, more: Partial<WriteOptions> = {}): WriteOptions {
  return {
    outFolder,
    readBack: () => Promise.resolve(),
    beforeReplace: () => Promise.resolve(),
    requireHeld: () => Promise.resolve(),
    verify: 'edits',
    flush: true,
    signal: new AbortController().signal,
    progress: () => undefined,
    ...more,
  }
}

/** Opens an .xz as a source. `state` is that of the file as it was checked; it is as it is now, unless given. */
export function withXzFile<T>(
  path: string,
  folder: string,
  workers: BlockWorkers,
  use: (source: XzSource, file: PinnedFile) => Promise<T>,
  state = readFileState(path),
): Promise<T> {
  return withPinnedFile({ path, state }, (file) => withXzSource(file, folder, workers, (source) => use(source, file)))
}

/** Opens a file until the test is over. */
export async function pin(path: string): Promise<PinnedFile> {
  return new Promise((resolve, reject) => {
    withPinnedFile({ path, state: readFileState(path) }, (file) => {
      resolve(file)
      return new Promise<void>((close) => {
        onTestFinished(() => {
          close()
        })
      })
    }).catch(reject)
  })
}
