import { spawn } from 'node:child_process'
import { open, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type CacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { publishEntry } from '../../cache/publish-entry.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import { fileState } from '../../host/file-state.ts'
import { MIB } from '../../units.ts'
import { readXzLayout } from '../../xz/container/xz-layout.ts'
import { withBlockWorkers } from '../../xz/threads/block-workers.ts'
import { packFile } from '../../xz/threads/pack-file.ts'
import { findStoredImage, PACKED_FILE, writeImageNote } from '../cache/stored-image.ts'

/** Unpacked bytes of a block: small enough that an edit touches little, large enough to pack nearly as well as whole. */
const BLOCK_BYTES = 4 * MIB

export interface UnpackedImage {
  readonly path: string
  /** Names the entry of the cache. */
  readonly sha256: string
  /** `fileState` from before the SHA-256 was taken. */
  readonly state: string
  /** Path or URL for people. */
  readonly source: string
}

/** Makes the cache's .xz with many blocks of a raw image, once for all builds. Gives its path. */
export async function packImage(
  context: CacheContext,
  { path, sha256, source, state }: UnpackedImage,
): Promise<string> {
  return withCacheEntry(context, `packed-${sha256}`, source, async (locked, cache) => {
    const stored = await findStoredImage(cache, sha256)
    if (stored !== null && stored.packed !== null) return stored.packed
    await publishEntry(join(cache.packed, sha256), async (folder) => {
      const target = join(folder, PACKED_FILE)
      const { size } = await stat(path)
      const report = (completedBytes: number): void => {
        context.progress({ step: 'pack', subject: source, completedBytes, totalBytes: size })
      }
      report(0)
      if (!(await packWithXz(path, target, size, locked, report))) await packByHand(path, target, locked, report)
      if ((await fileState(path)) !== state) throw new BuildError('FILE_CHANGED', { file: source })
      const byteLength = await requireSound(target, locked)
      if (byteLength !== size)
        throw new BuildError('BUG', { state: `${target} holds ${byteLength} bytes instead of ${size}` })
      return [
        PACKED_FILE,
        await writeImageNote(folder, { byteLength, fileByteLength: (await stat(target)).size, source }),
      ]
    })
    return join(cache.packed, sha256, PACKED_FILE)
  })
}

/** Unpacks every block once: builds copy them without a look into them. The checks were made of the data by the packer. Gives the length. */
async function requireSound(path: string, { transfer: { signal } }: CacheContext): Promise<number> {
  const layout = await withFileDevice(path, (device) => readXzLayout(device, path))
  await withBlockWorkers(
    availableParallelism(),
    (workers) => Promise.all(layout.blocks.map((block) => workers.check(path, block))),
    { signal },
  )
  return layout.byteLength
}

/**
 * False where there is no `xz`, or one that fails: ours then does, or meets the same and names it. The threads are two at least,
 * since one thread leaves the sizes out of the block headers and so makes other bytes.
 */
async function packWithXz(
  source: string,
  target: string,
  byteLength: number,
  { transfer: { signal } }: CacheContext,
  report: (completedBytes: number) => void,
): Promise<boolean> {
  const threads = Math.max(2, availableParallelism())
  const input = await open(source, 'r')
  const output = await open(target, 'wx')
  try {
    // The variables would add options to ours.
    const child = spawn(
      'sh',
      [
        '-c',
        'unset XZ_OPT XZ_DEFAULTS; exec xz "$@"',
        'xz',
        '-6',
        `-T${threads}`,
        `--block-size=${BLOCK_BYTES}`,
        '--check=crc64',
        '-c',
        '-q',
      ],
      {
        stdio: [input.fd, output.fd, 'ignore'],
        signal,
      },
    )
    const timer = setInterval(() => {
      // It shares the descriptor's position with us, which Linux shows; elsewhere the bar stands still.
      positionOf(child.pid).then(
        (position) => {
          if (position !== null) report(Math.min(position, byteLength))
        },
        () => undefined,
      )
    }, 500)
    const done = await new Promise<boolean>((resolve) => {
      child.on('error', () => {
        resolve(false)
      })
      child.on('close', (status) => {
        resolve(status === 0)
      })
    })
    clearInterval(timer)
    signal.throwIfAborted()
    if (done) await output.sync()
    else await rm(target)
    return done
  } finally {
    await input.close()
    await output.close()
  }
}

async function positionOf(pid: number | undefined): Promise<number | null> {
  const file = await open(`/proc/${pid}/fdinfo/0`, 'r')
  try {
    return Number(/^pos:\s*(\d+)/.exec(await file.readFile('utf8'))?.[1] ?? 0)
  } finally {
    await file.close()
  }
}

async function packByHand(
  source: string,
  target: string,
  { transfer: { signal } }: CacheContext,
  report: (completedBytes: number) => void,
): Promise<void> {
  await withBlockWorkers(availableParallelism(), (workers) =>
    packFile(source, target, workers, { blockBytes: BLOCK_BYTES, check: 'CRC64', signal, onProgress: report }),
  )
}
