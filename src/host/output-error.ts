import { BuildError } from '../errors.ts'

/** The operating system's error codes for a place that cannot be written, with their explanations. */
const NOT_WRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder is gone, or cannot be made there',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ERR_FS_EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'its file system, or the limit of `ulimit -f`, allows no files of that size',
}

/** Translates a system error of writing output into ours. Returns any other error unchanged. */
export function outputError(error: unknown, path: string): unknown {
  if (error instanceof BuildError || !(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new BuildError('OUTPUT_DISK_FULL', { path }, { cause: error })
  if (code === 'EIO') return new BuildError('OUTPUT_DISK_FAILED', { path }, { cause: error })
  const reason = NOT_WRITABLE[code]
  return reason === undefined ? error : new BuildError('OUTPUT_NOT_WRITABLE', { path, reason }, { cause: error })
}
