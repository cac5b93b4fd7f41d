/** Writes a time in UTC with whole seconds: `2026-11-21T12:00:00Z`. RFC 3339, section 5.6. */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
