import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadableDevice } from '../disk/block-device.ts'
import { BuildError } from '../errors.ts'
import { replaceFile } from '../host/atomic-file.ts'
import { makeFolder } from '../host/make-folder.ts'
import { outputError } from '../host/output-error.ts'
import { type Artifact, type ArtifactFormat, artifactFormats } from '../model/artifact.ts'
import type { Progress } from '../progress.ts'

export interface WriteOptions {
  readonly outFolder: string
  /** Reads the written image back before it gets its final name. Throws if the image is wrong. */
  readonly readBack: (written: ReadableDevice) => Promise<void>
  /** Called with the image's file name just before it takes the place of an older one. */
  readonly beforeReplace: (name: string) => Promise<void>
  /** `edits`: reads the edits back. `every-byte`: also reads the whole written file and compares it. */
  readonly verify: 'edits' | 'every-byte'
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Writes a node's artifact: it appears under its final name complete, or not at all. `write` fills a partial file next
 * to it. Throws `OUTPUT_NOT_WRITABLE`, `OUTPUT_DISK_FULL`, `BUILD_INTERRUPTED`, and what `write` throws.
 */
export async function writeArtifact(
  nodeName: string,
  format: ArtifactFormat,
  options: WriteOptions,
  write: (partial: string) => Promise<Omit<Artifact, 'node' | 'path' | 'format'>>,
): Promise<Artifact> {
  const name = `${nodeName}.${format}`
  const path = join(options.outFolder, name)
  const partial = `${path}.partial`
  try {
    await makeFolder(options.outFolder)
    await removeLeftOvers(options.outFolder, nodeName)
    const written = await write(partial)
    await replaceFile(partial, path, {
      beforeRename: async () => {
        await options.beforeReplace(name)
        // After the folder's lock is lost, the file of this name may belong to another build.
        options.signal.throwIfAborted()
      },
    })
    return { node: nodeName, path, format, ...written }
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    // For example, another build took over the lock.
    if (options.signal.reason instanceof BuildError) throw options.signal.reason
    throw options.signal.aborted
      ? new BuildError('BUILD_INTERRUPTED', undefined, { cause: error })
      : outputError(error, path)
  }
}

/**
 * Removes the partial files of killed builds of this node, in every format, because they hold secrets. Earlier versions
 * unpacked blocks into the `verify` file. Compares whole names: a node's name may begin with another node's name and a
 * dot.
 */
async function removeLeftOvers(outFolder: string, nodeName: string): Promise<void> {
  for (const kind of [...artifactFormats, 'verify'])
    await rm(join(outFolder, `${nodeName}.${kind}.partial`), { force: true })
}
