import { nearestWord } from '../text/nearest-word.ts'

/** Returns Commander's usage error, but keeps a suggestion only if it is near the typed word: `foo` is no misspelt `boot`. */
export function usageMessage(message: string): string {
  const [, words = '', list = ''] = /^([^]*?)\n\(Did you mean (?:one of )?([^]*)\?\)\s*$/.exec(message) ?? []
  const typed = /'([^']*)'/.exec(words)?.[1]
  if (typed === undefined) return message.trimEnd()
  const near = nearestWord(typed, list.split(', '))
  return near === null ? words : `${words}\n(Did you mean ${near}?)`
}
