import { displayWidth } from './display-width.ts'

/** Breaks lines between words, so that none is wider than `columns`. A longer word gets a line for itself. Indents stay. */
export function wrapWords(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n')
}

function wrapLine(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let current = indent
  for (const word of line.slice(indent.length).split(' ')) {
    const longer = current === indent ? `${indent}${word}` : `${current} ${word}`
    if (current !== indent && displayWidth(longer) > columns) {
      lines.push(current)
      current = `${indent}${word}`
    } else current = longer
  }
  return [...lines, current].join('\n')
}
