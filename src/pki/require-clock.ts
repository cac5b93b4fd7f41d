import { BuildError } from '../errors.ts'
import { formatTime } from '../text/format-time.ts'

/**
 * The date of this version of bantam. No clock that is right is before it. A release sets it to its date in
 * CHANGELOG.md; it is a constant, so that a package built twice is the same.
 */
export const PACKAGE_DATE = new Date('2026-11-01T00:00:00Z')

/**
 * Refuses a clock that is certainly wrong, before certificates are made or judged by it. With a clock of 1970, a
 * certificate authority would be made that expired in 1980. Throws `CLOCK_BEFORE_PACKAGE`.
 */
export function requireClock(now: Date): void {
  if (now >= PACKAGE_DATE) return
  throw new BuildError('CLOCK_BEFORE_PACKAGE', { now: formatTime(now), packageDate: formatTime(PACKAGE_DATE) })
}
