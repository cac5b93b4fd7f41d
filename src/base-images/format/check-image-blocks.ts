import { stat, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { CacheContext } from '../../cache/cache-context.ts'
import { openCache } from '../../cache/cache-folders.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import { fileState } from '../../host/file-state.ts'
import { SECTOR_BYTES } from '../../units.ts'
import { readXzLayout } from '../../xz/container/xz-layout.ts'
import { withBlockWorkers } from '../../xz/threads/block-workers.ts'
import { hasBootSignature } from './detect-format.ts'
import type { PublishedFile } from './unpack-image.ts'

/**
 * Decodes every block of an .xz once and keeps nothing but a note that all were sound: builds copy blocks without a look into
 * them, and must not copy damaged ones. Throws what decoding throws, and `PARTITION_TABLE_MISSING` where no disk image is in it.
 */
export async function checkImageBlocks(
  { cacheFolder, transfer: { signal }, progress }: CacheContext,
  { path, sha256, source, state }: Pick<PublishedFile, 'path' | 'sha256' | 'source' | 'state'>,
): Promise<void> {
  const note = join((await openCache(cacheFolder)).index, `sound-${sha256}.json`)
  if (
    await stat(note).then(
      () => true,
      () => false,
    )
  )
    return
  const { blocks, byteLength } = await withFileDevice(path, (device) => readXzLayout(device, source))
  await withBlockWorkers(
    availableParallelism(),
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
  await writeFile(note, '{}\n')
}
