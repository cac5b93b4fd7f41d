import { BuildError } from '../errors.ts'

const full: readonly string[] = ['ENOSPC', 'EDQUOT']

const unusable: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a file is where a folder should be',
  EFBIG: 'its file system, or the limit of `ulimit -f`, allows no files of that size',
  ENOENT: 'a part of it vanished during the build',
}

/**
 * Translates the system's error for a full or failing disk or an unusable cache folder into ours. Returns any other error
 * unchanged.
 */
export function cacheError(error: unknown, folder: string): unknown {
  if (error instanceof BuildError || !(error instanceof Error)) return error
  const { code = '' } = error as NodeJS.ErrnoException
  if (full.includes(code)) return new BuildError('CACHE_DISK_FULL', { folder }, { cause: error })
  if (code === 'EIO') return new BuildError('CACHE_DISK_FAILED', { folder }, { cause: error })
  const reason = unusable[code]
  return reason === undefined ? error : new BuildError('CACHE_UNWRITABLE', { folder, reason }, { cause: error })
}

/**
 * Runs `work` and translates the system's errors for a full disk or an unusable cache folder. Our errors name the
 * folder.
 */
export async function withCacheErrors<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw cacheError(error, folder)
  }
}
