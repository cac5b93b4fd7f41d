import { open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import { fileState } from '../../host/file-state.ts'
import { OWNER_ONLY } from '../../host/owner-only.ts'
import { runProgram } from '../../host/run-program.ts'
import { MIB } from '../../units.ts'
import { readXzLayout } from '../../xz/container/xz-layout.ts'
import { withBlockWorkers } from '../../xz/threads/block-workers.ts'
import { packFile } from '../../xz/threads/pack-file.ts'
import { acceptMade, type CheckedFile, findStoredImage, PACKED_FILE, publishImage } from '../cache/stored-image.ts'
import { noXzOptions } from './no-xz-options.ts'
import { unpacksTo } from './unpacks-to.ts'

/**
 * Unpacked bytes of a block: small enough that an edit changes little, large enough to compress nearly as well as the
 * whole image.
 */
const BLOCK_BYTES = 4 * MIB
const POLL_MS = 500

export interface UnpackedImage {
  readonly path: string
  /** Name of the cache entry. */
  readonly sha256: string
  /** `fileState`, taken before the file was hashed. */
  readonly state: string
  /** Path or URL, as people read it. */
  readonly source: string
}

/** Packs a raw image into the cache's .xz with many blocks, once for all builds. Returns the .xz. */
export async function packImage(
  context: CacheContext,
  { path, sha256, source, state }: UnpackedImage,
): Promise<CheckedFile> {
  return withCacheEntry(context, `packed-${sha256}`, source, async (locked) => {
    const { cache } = locked
    const stored = await findStoredImage(locked, sha256)
    if (stored !== null && stored.packed !== null) return stored.packed
    const packed = join(cache.packed, sha256, PACKED_FILE)
    if (context.recheck && (await unpacksTo(packed, path, locked))) {
      acceptMade(locked, packed)
      const proven = (await findStoredImage(locked, sha256))?.packed
      if (proven) return proven
    }
    await publishImage(locked, join(cache.packed, sha256), PACKED_FILE, async (target) => {
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
      return { byteLength, sha256: null, source }
    })
    return { path: packed, state: await fileState(packed) }
  })
}

/**
 * Unpacks every block once, because builds copy blocks unread. The packer made the checks from the data. Returns the
 * unpacked length in bytes.
 */
async function requireSound(path: string, { workerCount, transfer: { signal } }: CacheContext): Promise<number> {
  const layout = await withFileDevice(path, (device) => readXzLayout(device, path))
  await withBlockWorkers(
    workerCount,
    (workers) => Promise.all(layout.blocks.map((block) => workers.check(path, block))),
    { signal },
  )
  return layout.byteLength
}

/**
 * Packs with the system's `xz`. Returns false if `xz` is missing or fails. The caller then uses our packer, which
 * succeeds or reports the cause. It uses at least two threads: with one thread, `xz` leaves the sizes out of the block
 * headers, which gives different bytes.
 */
async function packWithXz(
  source: string,
  target: string,
  byteLength: number,
  { workerCount, transfer: { signal } }: CacheContext,
  report: (completedBytes: number) => void,
): Promise<boolean> {
  const threads = Math.max(2, workerCount)
  const input = await open(source, 'r')
  const output = await open(target, 'wx')
  const timer = setInterval(() => {
    // `xz` shares the descriptor's position with this process. Linux shows the position; on other systems, the progress
    // bar does not move.
    positionOf(input.fd).then(
      (position) => {
        report(Math.min(position, byteLength))
      },
      () => undefined,
    )
  }, POLL_MS)
  try {
    const args = ['-6', `-T${threads}`, `--block-size=${BLOCK_BYTES}`, '--check=crc64', '-c', '-q']
    const files = { stdin: input.fd, stdout: output.fd }
    const { status } = await runProgram('xz', args, { signal, ...files, env: noXzOptions })
    if (status !== 0) await rm(target)
    return status === 0
  } finally {
    clearInterval(timer)
    await input.close()
    await output.close()
  }
}

async function positionOf(descriptor: number): Promise<number> {
  return Number(/^pos:\s*(\d+)/.exec(await readFile(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? 0)
}

async function packByHand(
  source: string,
  target: string,
  { workerCount, transfer: { signal } }: CacheContext,
  report: (completedBytes: number) => void,
): Promise<void> {
  await withBlockWorkers(workerCount, (workers) =>
    packFile(source, target, workers, {
      blockBytes: BLOCK_BYTES,
      check: 'CRC64',
      mode: OWNER_ONLY,
      signal,
      onProgress: report,
    }),
  )
}
