import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { CacheContext } from '../../cache/cache-context.ts'
import { rememberedHash } from '../../cache/remembered-hash.ts'
import { BuildError } from '../../errors.ts'
import { fileState } from '../../host/file-state.ts'
import { readHead } from '../../host/read-head.ts'
import type { LocatedImage } from '../cache/located-image.ts'
import { detectImageFormat, IMAGE_HEAD_BYTES } from '../format/detect-format.ts'
import { keepImage } from '../format/keep-image.ts'

/**
 * Uses a raw image or an .xz with many blocks in place. Other files are unpacked into the cache, by their SHA-256. The
 * file is never written.
 */
export async function resolveFile(path: string, context: CacheContext): Promise<LocatedImage> {
  const stats = await statImage(path)
  const format = detectImageFormat(await readImageHead(path), path)
  const located = { source: path, verifiedSha256: null, warnings: [] }
  if (format === 'raw')
    return {
      ...located,
      stored: {
        sha256: null,
        raw: { path, state: await fileState(path) },
        packed: null,
        byteLength: stats.size,
        hasPublishedBlocks: false,
      },
    }
  const state = await fileState(path)
  const sha256 = await rememberedHash(context, { path, state, byteLength: stats.size })
  return {
    ...located,
    stored: await keepImage(context, { path, sha256, state, source: path, verified: false }, 'theirs'),
  }
}

async function statImage(path: string): Promise<Stats> {
  const stats = await readLocal(path, () => stat(path))
  if (!stats.isFile()) throw new BuildError('BASE_FILE_UNREADABLE', { file: path, reason: `it is ${kindOf(stats)}` })
  if (stats.size === 0) throw new BuildError('BASE_FILE_UNREADABLE', { file: path, reason: 'it is empty' })
  return stats
}

function kindOf(stats: Stats): string {
  return stats.isDirectory() ? 'a folder' : stats.isBlockDevice() ? 'a disk, not a file' : 'not a regular file'
}

async function readImageHead(path: string): Promise<Uint8Array> {
  return readLocal(path, () => readHead(path, IMAGE_HEAD_BYTES))
}

async function readLocal<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new BuildError('BASE_FILE_MISSING', { file: path })
    if (code === 'EACCES' || code === 'EPERM')
      throw new BuildError('BASE_FILE_UNREADABLE', { file: path, reason: 'this user may not read it' })
    throw error
  }
}
