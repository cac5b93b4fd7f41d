/**
 * The words of a kernel command line, as the kernel reads them: `next_arg` in lib/cmdline.c, `parse_args` in
 * kernel/params.c. The text has one character per byte, so that `\s` is the kernel's `isspace`.
 */

export interface KernelWord {
  /** The blanks before the word. */
  readonly space: string
  /** The word as it is written, with its quotes. */
  readonly text: string
}

export interface KernelLine {
  /** The words that the kernel reads. */
  readonly kernel: readonly KernelWord[]
  /** The word `--` and those after it, which the kernel passes to init. */
  readonly init: readonly KernelWord[]
}

export interface KernelParameter {
  readonly name: string
  /** Null: the word has no `=`. */
  readonly value: string | null
}

/** Splits a command line at blanks outside double quotes, and at the first word `--`. */
export function splitKernelLine(line: string): KernelLine {
  const words = [...line.matchAll(/(\s*)((?:"[^"]*(?:"|$)|[^\s"])+)/g)].map(([, space = '', text = '']) => ({
    space,
    text,
  }))
  const end = words.findIndex(({ text }) => isEnd(parseKernelWord(text)))
  return end === -1 ? { kernel: words, init: [] } : { kernel: words.slice(0, end), init: words.slice(end) }
}

/** Reads one word. Only quotes around the whole word or around the whole value go; the kernel keeps others. */
export function parseKernelWord(word: string): KernelParameter {
  const quoted = word.startsWith('"')
  const text = quoted ? word.slice(1) : word
  // A word that begins with `=` has that in its name.
  const equals = text.indexOf('=', 1)
  if (equals === -1) return { name: quoted ? withoutLastQuote(text) : text, value: null }
  const value = text.slice(equals + 1)
  const unquoted = value.startsWith('"') ? value.slice(1) : value
  return { name: text.slice(0, equals), value: quoted || unquoted !== value ? withoutLastQuote(unquoted) : value }
}

function isEnd({ name, value }: KernelParameter): boolean {
  return name === '--' && value === null
}

function withoutLastQuote(text: string): string {
  return text.endsWith('"') ? text.slice(0, -1) : text
}

/** Writes words as one line, with the blanks before each. */
export function joinWords(words: readonly KernelWord[]): string {
  return words.map(({ space, text }, index) => (index === 0 ? text : `${space === '' ? ' ' : space}${text}`)).join('')
}
