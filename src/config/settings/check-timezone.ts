import type { Problem } from '../../errors/problem.ts'
import { problem } from '../../yaml-source/describe-problem.ts'
import type { Place } from '../../yaml-source/place.ts'
import { suggestWord } from '../../yaml-source/suggest-word.ts'
import { currentTimezone } from '../tables/legacy-time-zones.ts'

/** Names by the folders of /usr/share/zoneinfo. ICU has further names, such as PST and SystemV/PST8, for which Linux has no file. */
const ZONE =
  /^(UTC|GMT|(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)(\/[A-Z][A-Za-z0-9_+-]*)+)$/

/** Names in this machine's database. It may list a zone by its old name, as ICU does with Asia/Calcutta. */
const knownNames = ['Etc/UTC', ...Intl.supportedValuesOf('timeZone').map((name) => currentTimezone(name) ?? name)]
const knownNamesByLowerCase = new Map(knownNames.map((name) => [name.toLowerCase(), name]))

/** `Berlin` and `new york` mean the zone of that city. */
const knownNamesByCity = new Map(knownNames.map((name) => [cityOf(name), name]))

/** Checks that the IANA time zone database has the zone, and that its spelling is that of the file in /usr/share/zoneinfo. */
export function checkTimezone(timezone: string, place: Place): readonly Problem[] {
  const current = currentTimezone(timezone)
  if (current !== null) return [problem('TIMEZONE_RENAMED', { value: timezone, current }, place)]
  const canonical = canonicalName(timezone)
  // With the wrong case, Linux does not find the file. A canonical name that differs in more than case may be an older name of the zone.
  const isMiscased = canonical !== timezone && canonical?.toLowerCase() === timezone.toLowerCase()
  if (canonical !== null && ZONE.test(timezone) && !isMiscased) return []
  const sameLetters = isMiscased ? canonical : knownNamesByLowerCase.get(timezone.toLowerCase())
  const suggestion = sameLetters ?? knownNamesByCity.get(cityOf(timezone)) ?? suggestWord(timezone, knownNames, place)
  return [problem('TIMEZONE_UNKNOWN', { value: timezone, suggestion }, place)]
}

function cityOf(timezone: string): string {
  return timezone
    .slice(timezone.lastIndexOf('/') + 1)
    .toLowerCase()
    .replaceAll(' ', '_')
}

function canonicalName(timezone: string): string | null {
  // ICU calls Etc/UTC and its aliases UTC.
  if (/^(Etc\/)?(UTC|GMT|Universal|Zulu)$/.test(timezone)) return timezone
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
