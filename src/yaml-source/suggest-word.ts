import { nearestWord } from '../text/nearest-word.ts'
import type { Place } from './place.ts'
import type { YamlSource } from './yaml-source.ts'

/** The limit for each file: comparing words takes milliseconds, and nobody reads longer lists of problems. */
const MOST_SUGGESTIONS = 100

const suggestionCounts = new WeakMap<YamlSource, number>()

/** Finds the known word that a misspelt word means; null where none is near, and after the first hundred words of a file. */
export function suggestWord(word: string, known: readonly string[], place: Place): string | null {
  const count = suggestionCounts.get(place.source) ?? 0
  if (count >= MOST_SUGGESTIONS) return null
  suggestionCounts.set(place.source, count + 1)
  return nearestWord(word, known)
}
