const LONGEST_QUOTE = 80

/** Shows a value of the user's: on one line, and cut where it is long. */
export function quote(value: string): string {
  const text = JSON.stringify(value).slice(1, -1)
  return `\`${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text}\``
}

/** Offers the nearest known word, or the general advice where none is near. */
export function suggest(suggestion: string | null, otherwise: string): string {
  return suggestion === null ? otherwise : `Did you mean ${quote(suggestion)}?`
}
