/** Error codes that mean: nothing has this name. */
const MISSING: readonly unknown[] = ['ENOENT', 'ENOTDIR']

/**
 * Returns the result of work on a file; null if there is no such file. Rethrows every other error: a file that cannot be
 * read is not a file that is missing, and must not be replaced.
 */
export async function nullIfMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && MISSING.includes(error.code)) return null
    throw error
  }
}
