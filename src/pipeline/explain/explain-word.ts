import { BuildError } from '../../errors.ts'
import { nearestWord } from '../../text/nearest-word.ts'
import { explainErrors } from './explain-error.ts'
import type { ExplainedWord } from './explained-word.ts'

export interface Explanation {
  readonly kind: ExplainedWord['kind']
  readonly word: string
  readonly page: string
}

/** One table for each kind of word. */
const listTables = (): readonly (readonly ExplainedWord[])[] => [explainErrors()]

/** Joins tables of words. Throws `BUG` if a word, in any case, is in two of them: only one of its pages would be found. */
export function listExplainedWords(tables = listTables()): readonly ExplainedWord[] {
  const kindOf = new Map<string, ExplainedWord['kind']>()
  for (const { word, kind } of tables.flat()) {
    const earlier = kindOf.get(word.toUpperCase())
    if (earlier !== undefined)
      throw new BuildError('BUG', { state: `${word} is explained as ${earlier} and as ${kind}` })
    kindOf.set(word.toUpperCase(), kind)
  }
  return tables.flat()
}

/** Finds the page of a word, in any case. Throws `USAGE_WORD_UNKNOWN`, which names the nearest word. */
export function explainWord(word: string, tables = listTables()): Explanation {
  const words = listExplainedWords(tables)
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
