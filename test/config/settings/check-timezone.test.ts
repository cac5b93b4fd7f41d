import { expect, test } from 'vitest'
import { checkTimezone } from '../../../src/config/settings/check-timezone.ts'
import type { Place } from '../../../src/yaml-source/place.ts'

const place: Place = {
  source: { file: 'f', folder: '/', value: null, locate: () => ({ line: 1, column: 1 }) },
  path: [],
  part: 'value',
}

test.each([
  'UTC',
  'Etc/UTC',
  'Etc/GMT+3',
  'Europe/London',
  'America/Argentina/Buenos_Aires',
  'Asia/Kolkata',
  'Europe/Kyiv',
  'Etc/Zulu',
  'GMT',
])('%s is a time zone', (timezone) => {
  expect(checkTimezone(timezone, place)).toEqual([])
})

test.each([
  ['europe/london', 'Did you mean `Europe/London`?'],
  ['Europe/Lodnon', 'Did you mean `Europe/London`?'],
  ['etc/utc', 'Did you mean `Etc/UTC`?'],
  ['asia/kolkata', 'Did you mean `Asia/Kolkata`?'],
  ['America/argentina/buenos_aires', 'Did you mean `America/Argentina/Buenos_Aires`?'],
  ['Asia/Kolkatta', 'Did you mean `Asia/Kolkata`?'],
  ['PST', 'Use a name of'],
  ['SystemV/PST8', 'Use a name of'],
  ['+01:00', 'Use a name of'],
  ['../../etc/passwd', 'Use a name of'],
  ['', 'Use a name of'],
])('%s is none', (timezone, hint) => {
  expect(checkTimezone(timezone, place)).toMatchObject([
    { code: 'TIMEZONE_UNKNOWN', hint: expect.stringContaining(hint) as string },
  ])
})

test.each([
  ['US/Pacific', 'America/Los_Angeles'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['europe/kiev', 'Europe/Kyiv'],
  ['EST', 'America/Panama'],
  ['Zulu', 'Etc/UTC'],
])('%s is an old name, and the hint is %s', (timezone, current) => {
  expect(checkTimezone(timezone, place)).toMatchObject([{ code: 'TIMEZONE_RENAMED', hint: `Write \`${current}\`.` }])
  expect(checkTimezone(current, place)).toEqual([])
})
