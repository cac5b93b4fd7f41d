/** Characters that terminals show in two columns: CJK, full-width forms, most emoji. Unicode Standard Annex #11. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
/** Characters that are drawn over the one before. */
const ZERO = /[\p{Mark}\u200b-\u200f\ufe0f]/u

/** How many columns of a terminal a text takes. */
export function displayWidth(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + characterWidth(character), 0)
}

/** Shortens a text by leaving out its middle: the start of a URL or path names the server or folder, its end names the file. */
export function shortenMiddle(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns < 1) return ''
  const characters = Array.from(text)
  const tail = takeColumns(characters.toReversed(), Math.ceil((columns - 1) / 2))
  const head = takeColumns(characters, columns - 1 - displayWidth(tail.join('')))
  return `${head.join('')}…${tail.toReversed().join('')}`
}

function takeColumns(characters: readonly string[], columns: number): readonly string[] {
  let left = columns
  const end = characters.findIndex((character) => (left -= characterWidth(character)) < 0)
  return end === -1 ? characters : characters.slice(0, end)
}

function characterWidth(character: string): number {
  return ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1
}
