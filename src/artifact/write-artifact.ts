import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadableDevice } from '../disk/block-device.ts'
import { BuildError } from '../errors.ts'
import { partialPathOf, replaceFile } from '../host/atomic-file.ts'
import { hashStoredFile, type ReadFrom } from '../host/hash-stored-file.ts'
import { makeFolder } from '../host/make-folder.ts'
import { outputError } from '../host/output-error.ts'
import type { Artifact, ArtifactFormat } from '../model/artifact.ts'
import type { Progress } from '../progress.ts'

export interface WriteOptions {
  /** The caller holds its lock, and has removed the partial files of killed builds. */
  readonly outFolder: string
  /** Reads the written image back before it gets its final name. Throws if the image is wrong. */
  readonly readBack: (written: ReadableDevice) => Promise<void>
  /** Called with the image's file name just before it takes the place of an older one. */
  readonly beforeReplace: (name: string) => Promise<void>
  /** Throws `FILE_LOCK_LOST` if another build has taken the folder over. */
  readonly requireHeld: () => Promise<void>
  /** `edits`: reads the edits back. `every-byte`: also reads the whole written file and compares it. */
  readonly verify: 'edits' | 'every-byte'
  /** True: the file is flushed to the disk, and every byte is read back from there before it gets its name. */
  readonly flush: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** What `write` says of the file that it wrote. */
type WrittenFile = Pick<Artifact, 'byteLength' | 'sha256' | 'imageByteLength'>

/**
 * Writes a node's artifact: it appears under its final name complete, or not at all. `write` fills a partial file next
 * to it, which only its owner can read. Throws `OUTPUT_NOT_WRITABLE`, `OUTPUT_DISK_FULL`, `OUTPUT_DISK_FAILED`,
 * `OUTPUT_VERIFY_FAILED`, `BUILD_INTERRUPTED`, `FILE_LOCK_LOST`, and what `write` throws.
 */
export async function writeArtifact(
  nodeName: string,
  format: ArtifactFormat,
  options: WriteOptions,
  write: (partial: string) => Promise<WrittenFile>,
): Promise<Artifact> {
  const { outFolder, flush, signal } = options
  const name = `${nodeName}.${format}`
  const path = join(outFolder, name)
  const partial = partialPathOf(path)
  try {
    await makeFolder(outFolder)
    const written = await write(partial)
    let readFrom: ReadFrom = 'memory'
    await replaceFile(partial, path, {
      flush,
      beforeRename: async () => {
        if (flush || options.verify === 'every-byte') readFrom = await requireStored(partial, name, written, options)
        // The list of sums must lose neither the line of another build's image, nor that of an image that stays.
        signal.throwIfAborted()
        await options.requireHeld()
        await options.beforeReplace(name)
        // If another build takes the lock over after this step, it has removed the partial file: the rename fails.
        await options.requireHeld()
      },
    })
    return { node: nodeName, path, format, ...written, readFrom }
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    // For example, another build took over the lock.
    if (signal.reason instanceof BuildError) throw signal.reason
    throw signal.aborted ? new BuildError('BUILD_INTERRUPTED', undefined, { cause: error }) : outputError(error, path)
  }
}

/** Compares what the disk stored with what was written. Returns where it was read from. */
async function requireStored(
  partial: string,
  name: string,
  { sha256: expected, byteLength }: WrittenFile,
  { outFolder, signal, progress }: WriteOptions,
): Promise<ReadFrom> {
  const { sha256: actual, readFrom } = await hashStoredFile(partial, {
    signal,
    onProgress: (completedBytes) => {
      progress({ step: 'verify', subject: name, completedBytes, totalBytes: byteLength })
    },
  })
  if (actual !== expected)
    throw new BuildError('OUTPUT_VERIFY_FAILED', { path: join(outFolder, name), expected, actual })
  return readFrom
}
