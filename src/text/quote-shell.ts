import { ValueError } from './value-error.ts'

// Characters that have no special meaning in any shell, anywhere in a word.
const PLAIN = /^[A-Za-z0-9_./:@%+,-]+$/

/** Quotes a value as one word of a POSIX shell. POSIX.1-2017, Shell Command Language, section 2.2.2. */
export function quoteShell(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ValueError('is no text, number or boolean')
  }
  const text = String(value)
  if (text.includes('\0')) throw new ValueError('holds a NUL character, which no shell word can')
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Control characters that a terminal replaces or obeys, as in `replaceControls`: a person could not copy them. */
const UNSEEN = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Bidi_Control}]/u
/** These, and what has a meaning in the format of printf, in single quotes, or for the history of an interactive shell. */
const ESCAPED = /^-|[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Bidi_Control}\\%'!]/gu

/**
 * Quotes a text as one word of a POSIX shell, for a line that a person copies from a terminal. A line break or another control character is an escape
 * there: `"$(printf 'a\012b')"`. Only a line break at the end stays one, because a shell drops it from what printf writes.
 */
export function quoteShellLine(text: string): string {
  if (!UNSEEN.test(text) || text.endsWith('\n')) return quoteShell(text)
  const format = text.replace(ESCAPED, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  )
  return `"$(printf '${format}')"`
}
