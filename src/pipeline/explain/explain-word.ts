import { BuildError } from '../../errors.ts'
import { nearestWord } from '../../text/nearest-word.ts'
import { explainErrors } from './explain-error.ts'
import type { ExplainedWord } from './explained-word.ts'

export interface Explanation {
  readonly kind: ExplainedWord['kind']
  readonly word: string
  readonly page: string
}

/** Joins all tables of words. A test checks that no word is in two of them. */
export function listExplainedWords(): readonly ExplainedWord[] {
  return [...explainErrors()]
}

/** Finds the page of a word, in any case. Throws `USAGE_WORD_UNKNOWN`, which names the nearest word. */
export function explainWord(word: string): Explanation {
  const words = listExplainedWords()
  const found = words.find((one) => one.word.toUpperCase() === word.toUpperCase())
  if (found === undefined) {
    const nearest = nearestWord(
      word,
      words.map((one) => one.word),
    )
    throw new BuildError('USAGE_WORD_UNKNOWN', { word, nearest })
  }
  return { kind: found.kind, word: found.word, page: found.page() }
}
