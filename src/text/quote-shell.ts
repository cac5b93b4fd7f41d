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
