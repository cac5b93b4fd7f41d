import { expect, test } from 'vitest'
import { PACKAGE_DATE, requireClock } from '../../src/pki/require-clock.ts'
import { expectCode } from '../support/expect-code.ts'

test('takes the date of the package and any later time, and refuses an earlier one with both times', () => {
  requireClock(PACKAGE_DATE)
  requireClock(new Date(PACKAGE_DATE.getTime() + 1))
  const now = new Date(PACKAGE_DATE.getTime() - 1000)
  const error = expectCode('CLOCK_BEFORE_PACKAGE', () => {
    requireClock(now)
  })
  const format = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z')
  expect(error.facts).toEqual({ now: format(now), packageDate: format(PACKAGE_DATE) })
})
