import { replaceControls } from '../../text/replace-controls.ts'
import { displayWidth } from './display-width.ts'

const GAP = '  '

/**
 * Lays rows out in columns, two spaces apart. Where the table is wider than the terminal, the widest cells are broken into more lines. A cell is
 * one line: its line breaks are replaced, so that no value looks like a row.
 */
export function formatTable(cells: readonly (readonly string[])[], columns = Infinity): string {
  const rows = cells.map((row) => row.map((cell) => replaceControls(cell)))
  const natural = widthsOf(rows)
  // Some terminals wrap a line that fills their last column.
  const available = columns - 1 - GAP.length * (natural.length - 1)
  const widths = fitWidths(natural, widthsOf(rows.map((row) => row.map(longestPiece))), available)
  return rows.map((row) => formatRow(row, widths)).join('')
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => displayWidth(row[column] ?? ''))),
  )
}

/** Narrows the widest column that can be broken, one character at a time, until all columns fit or none can be broken. */
function fitWidths(natural: readonly number[], least: readonly number[], available: number): readonly number[] {
  const widths = [...natural]
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - available; excess > 0; excess -= 1) {
    const breakable = widths.map((width, column) => (width > (least[column] ?? 0) ? width : 0))
    const widest = Math.max(0, ...breakable)
    if (widest === 0) break
    widths[breakable.indexOf(widest)] = widest - 1
  }
  return widths
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => wrap(cell, widths[column] ?? 0))
  const height = Math.max(1, ...cells.map((lines) => lines.length))
  const lines = Array.from({ length: height }, (_, line) =>
    cells.map((cell, column) => padEnd(cell[line] ?? '', widths[column] ?? 0)).join(GAP),
  )
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

/** Breaks a text after spaces; breaks addresses and paths after their separators. */
function wrap(text: string, width: number): readonly string[] {
  if (displayWidth(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const piece of piecesOf(text)) {
    if (line !== '' && displayWidth((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += piece
  }
  return [...lines, line.trimEnd()]
}

function longestPiece(text: string): string {
  return piecesOf(text).reduce(
    (longest, piece) => (displayWidth(piece.trimEnd()) > displayWidth(longest) ? piece.trimEnd() : longest),
    '',
  )
}

function piecesOf(text: string): readonly string[] {
  return text.match(/[^\s/:]*(?:[/:]+|\s+|$)/g)?.filter((piece) => piece !== '') ?? []
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}
