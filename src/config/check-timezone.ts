import type { Problem } from '../model/problem.ts'
import { problem } from './describe-problem.ts'
import { nearestWord } from '../bytes/nearest-word.ts'
import type { Place } from './place.ts'

/** Checks that the IANA time zone database has the zone, spelled as the files below /usr/share/zoneinfo are. */
export function checkTimezone(timezone: string, place: Place): readonly Problem[] {
  const canonical = canonicalName(timezone)
  // Older names (Asia/Kolkata for Asia/Calcutta) come back changed; a mere change of case is a file that Linux will not find.
  const isMiscased = canonical !== timezone && canonical?.toLowerCase() === timezone.toLowerCase()
  const looksLikeZone = /^([A-Z][A-Za-z0-9_+-]*)(\/[A-Z][A-Za-z0-9_+-]*)*$/.test(timezone)
  if (canonical !== null && looksLikeZone && !isMiscased) return []
  const suggestion = isMiscased ? canonical : nearestWord(timezone, ['Etc/UTC', ...Intl.supportedValuesOf('timeZone')])
  return [problem('TIMEZONE_UNKNOWN', { value: timezone, suggestion }, place)]
}

function canonicalName(timezone: string): string | null {
  // ICU calls Etc/UTC and its kin UTC.
  if (/^(Etc\/)?(UTC|GMT|Universal|Zulu)$/.test(timezone)) return timezone
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
