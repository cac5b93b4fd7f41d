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
  /** Reads the written image back before it gets its final name; throws where it is not as it should be. */
  readonly readBack: (written: ReadableDevice) => Promise<void>
  /** Called with the image's file name just before it takes the place of an older one. */
  readonly beforeReplace: (name: string) => Promise<void>
  /** `every-byte`: also reads the whole written file and compares. */
  readonly verify: 'edits' | 'every-byte'
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Lets a node's artifact appear under its final name complete, or not at all: `write` fills a partial file beside it. Throws
 * `OUTPUT_NOT_WRITABLE`, `OUTPUT_DISK_FULL`, `BUILD_INTERRUPTED`, and what `write` throws.
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
        // Where the folder's lock was lost, the file under this name may be another build's by now.
        options.signal.throwIfAborted()
      },
    })
    return { node: nodeName, path, format, ...written }
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    // Such as a lock that another build took over.
    if (options.signal.reason instanceof BuildError) throw options.signal.reason
    throw options.signal.aborted
      ? new BuildError('BUILD_INTERRUPTED', undefined, { cause: error })
      : outputError(error, path)
  }
}

/**
 * Removes what builds of this node that were killed left behind, whichever format they were writing: it holds secrets. `verify` is what
 * earlier versions unpacked blocks into. Whole names, since a node's name may begin with another's and a dot.
 */
async function removeLeftOvers(outFolder: string, nodeName: string): Promise<void> {
  for (const kind of [...artifactFormats, 'verify'])
    await rm(join(outFolder, `${nodeName}.${kind}.partial`), { force: true })
}
