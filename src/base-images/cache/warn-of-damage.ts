import { describeError } from '../../errors.ts'
import type { BaseImageWarning } from '../../model/base-image.ts'

/** Names the files of the cache that were damaged, and are made again. */
export function warnOfDamage(damagedFiles: ReadonlySet<string>): readonly BaseImageWarning[] {
  return [...damagedFiles].map((path) => {
    const { message, hint } = describeError('CACHE_ENTRY_DAMAGED', { path })
    return { code: 'CACHE_ENTRY_DAMAGED', message, hint }
  })
}
