/** Joins names; of a long list, the first ones and how many more there are. */
export function firstNames(names: readonly string[], most: number): string {
  const others = names.length - most
  return `${names.slice(0, most).join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}
