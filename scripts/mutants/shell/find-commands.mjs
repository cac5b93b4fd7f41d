/**
 * Finds the simple commands of a POSIX shell script, or of a template of one: where each starts and ends, and whether its exit code decides
 * what runs next. It knows what our scripts use: no here-documents, no backquotes. `dash -n` judges what is made from its answers.
 */

const OPENING = new Set(['if', 'elif', 'while', 'until', 'then', 'else', 'do', '{', '!'])
const CONDITION = new Set(['if', 'elif', 'while', 'until'])
const CLOSING = new Set(['fi', 'done', 'esac', '}'])

/** One `{ start, end, decides }` for each simple command, in the order in which they start. */
export function findCommands(text) {
  const commands = []
  scanList(text, 0, commands)
  return commands.sort((first, second) => first.start - second.start)
}

/** Scans commands from `at` up to the `)` that closes them, or to the end; returns the place behind it. */
function scanList(text, at, commands) {
  /** One entry for each `case` that is open: whether patterns come next. */
  const cases = []
  let depth = 0
  let inCondition = false
  let last = null
  for (;;) {
    at = skipBlank(text, at)
    if (at >= text.length) return at
    const open = cases.at(-1)
    if (open?.patterns && !/^esac\b/.test(text.slice(at))) {
      at = scanWords(text, at, commands, /[)]/) + 1
      open.patterns = false
      continue
    }
    const separator = /^(?:;;|&&|\|\||[;&|\n])/.exec(text.slice(at))?.[0]
    if (separator !== undefined) {
      if ((separator === '&&' || separator === '||') && last !== null) last.decides = true
      if (separator === ';;' && open !== undefined) open.patterns = true
      last = null
      at += separator.length
      continue
    }
    if (text[at] === '(') {
      depth += 1
      at += 1
      continue
    }
    if (text[at] === ')') {
      if (depth === 0) return at + 1
      depth -= 1
      at = scanWords(text, at + 1, commands, /[\n;&|)]/)
      continue
    }
    const word = /^(?:[a-z]+|[{}!])(?=[\s;)]|$)/.exec(text.slice(at))?.[0] ?? ''
    if (OPENING.has(word)) {
      if (word !== '{' && word !== '!') inCondition = CONDITION.has(word)
      at += word.length
    } else if (CLOSING.has(word)) {
      if (word === 'esac') cases.pop()
      at = scanWords(text, at + word.length, commands, /[\n;&|)]/)
    } else if (word === 'for') {
      at = scanWords(text, at, commands, /[\n;]/)
    } else if (word === 'case') {
      at = scanWords(text, at, commands, /\s/, /\sin$/)
      cases.push({ patterns: true })
    } else {
      const name = /^\w+\(\)\s*/.exec(text.slice(at))
      if (name !== null) {
        at += name[0].length
        continue
      }
      last = { start: at, end: at, decides: inCondition }
      commands.push(last)
      at = scanWords(text, at, commands, /[\n;&|)]/)
      last.end = last.start + text.slice(last.start, at).trimEnd().length
    }
  }
}

/** Blanks, continued lines, comments, and what belongs to the template: a condition or a list on a line of its own. */
function skipBlank(text, at) {
  for (;;) {
    const blank = /^(?:[ \t]+|\\\n|\n|#[^\n]*|\{\{[#/][^}]*\}\}(?=\n))/.exec(text.slice(at))
    if (blank === null) return at
    at += blank[0].length
  }
}

/** Scans words up to a character that ends them outside of quotes, or behind `ending`; commands within them are found too. */
function scanWords(text, at, commands, stop, ending) {
  const start = at
  while (at < text.length) {
    const rest = text.slice(at)
    if (rest.startsWith('#') && /\s/.test(text[at - 1])) return at
    if (
      ending === undefined
        ? stop.test(text[at]) && !isRedirection(text, at)
        : ending.test(text.slice(start, at)) && stop.test(text[at])
    )
      return at
    if (rest.startsWith('\\')) at += 2
    else if (rest.startsWith("'")) at = text.indexOf("'", at + 1) + 1
    else if (rest.startsWith('{{')) at = text.indexOf('}}', at) + 2
    else if (rest.startsWith('"')) at = scanQuoted(text, at + 1, commands)
    else at = scanExpansion(text, at, commands)
  }
  return at
}

/** `2>&1` holds no separator. */
function isRedirection(text, at) {
  return text[at] === '&' && /[<>]/.test(text[at - 1])
}

function scanQuoted(text, at, commands) {
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\') at += 2
    else at = scanExpansion(text, at, commands)
  }
  return at + 1
}

/** One character, or a whole `$(…)`, `${…}` or `$((…))`. */
function scanExpansion(text, at, commands) {
  const rest = text.slice(at)
  if (rest.startsWith('$((')) return scanArithmetic(text, at + 3, commands)
  if (rest.startsWith('$(')) return scanList(text, at + 2, commands)
  if (rest.startsWith('${')) {
    at += 2
    while (at < text.length && text[at] !== '}') {
      if (text[at] === '"') at = scanQuoted(text, at + 1, commands)
      else at = scanExpansion(text, at, commands)
    }
    return at + 1
  }
  return at + 1
}

function scanArithmetic(text, at, commands) {
  for (let depth = 2; at < text.length && depth > 0;) {
    if (text.startsWith('$(', at)) at = scanExpansion(text, at, commands)
    else {
      if (text[at] === '(') depth += 1
      if (text[at] === ')') depth -= 1
      at += 1
    }
  }
  return at
}
