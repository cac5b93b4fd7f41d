import { cacheError } from '../disk/cache-error.ts'

/** Turns what the system says of a full disk or an unusable cache folder into a failure that names the folder. */
export async function withCacheErrors<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw cacheError(error, folder)
  }
}
