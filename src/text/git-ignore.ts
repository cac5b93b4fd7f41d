/**
 * Lines of .gitignore files: gitignore(5). A line that is not read here counts for the side of caution: it ignores
 * nothing, and as an exception it applies to everything. These are lines with brackets, and those in which `**` is only a
 * part of a folder's name: their meaning differs between versions of git.
 */

/** One line of a .gitignore file. */
export interface IgnoreRule {
  readonly line: string
  /** True for an exception, which starts with `!`. */
  readonly isException: boolean
  readonly isForFoldersOnly: boolean
  /** True for a pattern with a slash: it is compared with the whole path, and not only with the name. */
  readonly isForPath: boolean
  /** Null where the pattern is not read. */
  readonly pattern: readonly Piece[] | null
}

/** A part of a pattern: one character, any number of them, or any number of whole folders. */
type Piece = { readonly repeats: boolean; readonly accepts: (character: string) => boolean } | 'folders'

/** Reads the text of a .gitignore file, in which each character is one byte. */
export function parseIgnoreFile(text: string): readonly IgnoreRule[] {
  return text.split('\n').flatMap((line) => {
    const rule = parseLine(line.replace(/\r$/, ''))
    return rule === null ? [] : [rule]
  })
}

/** Says whether a rule applies to a path, which is relative to the folder of the rule's file. */
export function matchesRule(rule: IgnoreRule, path: string, kind: 'file' | 'folder'): boolean {
  if (rule.isForFoldersOnly && kind === 'file') return false
  if (rule.pattern === null) return rule.isException
  return matches(rule.pattern, rule.isForPath ? path : path.slice(path.lastIndexOf('/') + 1))
}

function parseLine(line: string): IgnoreRule | null {
  // Spaces at the end count only after a backslash.
  let text = line.replace(/(?<!\\) +$/, '')
  if (text === '' || text.startsWith('#')) return null
  const isException = text.startsWith('!')
  if (isException) text = text.slice(1)
  const isForFoldersOnly = text.endsWith('/')
  if (isForFoldersOnly) text = text.slice(0, -1)
  const isForPath = text.includes('/')
  // git takes no pattern that ends in the middle of an escape.
  if (/(?<!\\)(\\\\)*\\$/.test(text)) return null
  const isUnread = /[[\]]/.test(text) || (isForPath && UNCLEAR_STARS.test(text))
  const pattern = isUnread ? null : parsePattern(text.replace(/^\//, ''), isForPath)
  return { line, isException, isForFoldersOnly, isForPath, pattern }
}

/** Two stars or more that do not fill the space between two slashes. */
const UNCLEAR_STARS = /[^/*]\*{2}|\*{2}[^/*]|\*{3}/

const notSlash = (character: string): boolean => character !== '/'
const anything = (): boolean => true

/** Splits a pattern without brackets. In a path, `**` between two slashes counts as whole folders. */
function parsePattern(text: string, isForPath: boolean): readonly Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < text.length;) {
    const isAtStart = at === 0 || text.charAt(at - 1) === '/'
    const rest = text.slice(at)
    if (isForPath && isAtStart && rest.startsWith('**/')) {
      pieces.push('folders')
      at += 3
    } else if (isForPath && isAtStart && rest === '**') {
      pieces.push({ repeats: false, accepts: anything }, { repeats: true, accepts: anything })
      at += 2
    } else {
      const character = rest.charAt(0)
      const literal = character === '\\' ? rest.charAt(1) : character
      if (character === '*') pieces.push({ repeats: true, accepts: notSlash })
      else if (character === '?') pieces.push({ repeats: false, accepts: notSlash })
      else pieces.push({ repeats: false, accepts: (other) => other === literal })
      at += character === '\\' ? 2 : 1
    }
  }
  return pieces
}

/** Follows all ways through a pattern at once, so that no pattern takes long. */
function matches(pattern: readonly Piece[], text: string): boolean {
  let places = new Set([0])
  for (const piece of pattern) {
    const next = new Set<number>()
    for (const place of places) for (const end of endsOf(piece, text, place)) next.add(end)
    places = next
  }
  return places.has(text.length)
}

/** Returns where a piece may end that starts at a place. */
function endsOf(piece: Piece, text: string, start: number): readonly number[] {
  if (piece === 'folders') {
    const slashes = [...text.slice(start).matchAll(/\//g)].map(({ index }) => start + index + 1)
    return [start, ...slashes]
  }
  if (!piece.repeats) return start < text.length && piece.accepts(text.charAt(start)) ? [start + 1] : []
  const ends = [start]
  for (let end = start; end < text.length && piece.accepts(text.charAt(end)); end += 1) ends.push(end + 1)
  return ends
}
