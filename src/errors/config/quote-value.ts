const LONGEST_QUOTE = 80

/** Shows a value of the user's: on one line, and cut where it is long. */
export function quote(value: string): string {
  // Cut first: a value can be a megabyte long, and thousands of problems can show it.
  const text = JSON.stringify(value.slice(0, LONGEST_QUOTE + 1)).slice(1, -1)
  return `\`${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text}\``
}

/** Offers the nearest known word, or the general advice where none is near. */
export function suggest(suggestion: string | null, otherwise: string): string {
  return suggestion === null ? otherwise : `Did you mean ${quote(suggestion)}?`
}
