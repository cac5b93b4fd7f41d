import { ValueError } from './value-error.ts'

// Host names, addresses with port or prefix length, versions, paths, numbers: no syntax of a configuration file begins with one of these characters.
const PLAIN = /^[A-Za-z0-9._:/][A-Za-z0-9._:/+-]*$/

/** Returns a value as one word, for a file whose syntax has no quotes. Refuses a value that could be more than one word there. */
export function requirePlain(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ValueError('is no text, number or boolean')
  }
  const text = String(value)
  if (text === '') throw new ValueError('is empty, and a word is needed')
  if (!PLAIN.test(text)) {
    throw new ValueError(
      'is no plain word: it may hold letters, digits and "._:/+-" only, and not begin with "+" or "-"',
    )
  }
  return text
}
