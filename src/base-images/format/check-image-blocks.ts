import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheContext } from '../../cache/cache-context.ts'
import { makeCacheFolders } from '../../cache/cache-folders.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import { writeAtomicFile } from '../../host/atomic-file.ts'
import { fileState } from '../../host/file-state.ts'
import { SECTOR_BYTES } from '../../units.ts'
import { readXzLayout } from '../../xz/container/xz-layout.ts'
import { withBlockWorkers } from '../../xz/threads/block-workers.ts'
import { hasBootSignature } from './detect-format.ts'
import type { PublishedFile } from './unpack-image.ts'

/**
 * Decodes every block of an .xz once, and keeps only a note that all of them are sound. Builds copy blocks unread, so
 * damaged blocks must be found here. Throws what decoding throws, and `PARTITION_TABLE_MISSING` if the .xz holds no
 * disk image.
 */
export async function checkImageBlocks(
  { cache, workerCount, transfer: { signal }, progress }: CacheContext,
  { path, sha256, source, state }: Pick<PublishedFile, 'path' | 'sha256' | 'source' | 'state'>,
): Promise<void> {
  const note = join(cache.index, `sound-${sha256}.json`)
  if (
    await stat(note).then(
      () => true,
      () => false,
    )
  )
    return
  const { blocks, byteLength } = await withFileDevice(path, (device) => readXzLayout(device, source))
  await withBlockWorkers(
    workerCount,
    async (workers) => {
      let done = 0
      await Promise.all(
        blocks.map(async (block, index) => {
          const head = await workers.check(path, block, source)
          if (index === 0 && head.byteLength === SECTOR_BYTES && !hasBootSignature(head))
            throw new BuildError('PARTITION_TABLE_MISSING', { file: source })
          done += block.byteLength
          progress({ step: 'check', subject: source, completedBytes: done, totalBytes: byteLength })
        }),
      )
    },
    { signal },
  )
  if ((await fileState(path)) !== state) throw new BuildError('FILE_CHANGED', { file: source })
  await makeCacheFolders(cache)
  await writeAtomicFile(note, '{}\n', { mode: 0o644 })
}
