import { nearestWord } from '../text/nearest-word.ts'

/** Commander's words about wrong usage, with only those suggestions that are near what was typed: `foo` is no misspelt `boot`. */
export function usageMessage(message: string): string {
  const [, words = '', list = ''] = /^([^]*?)\n\(Did you mean (?:one of )?([^]*)\?\)\s*$/.exec(message) ?? []
  const typed = /'([^']*)'/.exec(words)?.[1]
  if (typed === undefined) return message.trimEnd()
  const near = nearestWord(typed, list.split(', '))
  return near === null ? words : `${words}\n(Did you mean ${near}?)`
}
