/** Finds what looks like a secret in a text, by the forms in which tokens and keys are written. */
import { reveal, Secret } from '../../model/secret.ts'
import { keyForms, type LookAlikeForm, tokenForms } from './look-alike-forms.ts'

export interface LookAlike {
  /** What it looks like, with an article. */
  readonly kind: string
  /** Nobody publishes a private key on purpose. A word may look like a token and be none. */
  readonly certainty: 'key' | 'likely'
  /** 1-based. */
  readonly line: number
  /** 1-based, in UTF-16 units. */
  readonly column: number
  /** What was found, of a key also what follows, as letters and digits: to recognise it where it is quoted another way. */
  readonly word: Secret
  /** Whether the text says that everyone may read it. */
  readonly isMarked: boolean
}

/** Says, on a line or on the line above it, that what looks like a secret there is meant for everyone. */
export const PUBLIC_MARK = 'bantam:public'

/** Enough of a key to know it from others. */
const WORD_LENGTH = 160

/**
 * Finds every look-alike, the marked ones too; in each line, the most certain comes first. In binary data, only forms count that nothing else
 * has by chance, and a key counts only with its content: programs hold the first line of keys, to compare files with it.
 */
export function listLookAlikes(text: string, kind: 'text' | 'binary' = 'text'): readonly LookAlike[] {
  const forms = [...keyForms, ...tokenForms].filter(({ isVague }) => kind === 'text' || isVague !== true)
  const lines = text.split('\n')
  let lineStart = 0
  return lines.flatMap((line, index) => {
    const start = lineStart
    lineStart += line.length + 1
    const isMarked = isMarkedAt(lines, index)
    return forms.flatMap((form) =>
      findForm(line, form).flatMap(({ at, length }) => {
        const found = text.slice(start + at, start + at + Math.max(length, WORD_LENGTH))
        if (kind === 'binary' && form.binary?.test(found) === false) return []
        const { kind: name, certainty } = form
        // All keys have the same first line.
        const word = wordOf(certainty === 'key' ? found : found.slice(0, length))
        return [{ kind: name, certainty, line: index + 1, column: at + 1, word, isMarked }]
      }),
    )
  })
}

/** Finds at most one look-alike in each line, and none that is marked. */
export function findLookAlikes(text: string): readonly LookAlike[] {
  return firstOfLines(listLookAlikes(text))
}

/** Keeps the first look-alike of each line, and none that is marked. */
export function firstOfLines(found: readonly LookAlike[]): readonly LookAlike[] {
  const seen = new Set<number>()
  return found.filter(({ line, isMarked }) => !isMarked && !seen.has(line) && seen.add(line))
}

/** Says whether a line, or the one above it, is marked. */
export function isMarkedAt(lines: readonly string[], index: number): boolean {
  return lines[index]?.includes(PUBLIC_MARK) === true || lines[index - 1]?.includes(PUBLIC_MARK) === true
}

/** Says whether two look-alikes are the same one, in texts that quote it differently or end at another place. */
export function isSameWord(one: LookAlike, other: LookAlike): boolean {
  const [first, second] = [reveal(one.word), reveal(other.word)]
  return first.startsWith(second) || second.startsWith(first)
}

/** Makes the word of a look-alike. Escapes of line breaks have no letters left. */
export function wordOf(found: string): Secret {
  return new Secret(found.replace(/\\[nr]/g, '').replace(/[^A-Za-z0-9]/g, ''))
}

function findForm(
  line: string,
  { pattern, accepts = () => true }: LookAlikeForm,
): readonly { readonly at: number; readonly length: number }[] {
  return [...line.matchAll(new RegExp(pattern, `${pattern.flags}g`))]
    .filter((match) => accepts(match[1] ?? ''))
    .map((match) => ({ at: match.index, length: match[0].length }))
}
