import type { LineCounter } from 'yaml'
import type { Position } from './yaml-source.ts'

/**
 * Makes a function that turns an offset in a text into line and column. The parser counts UTF-16 units: a character outside the Basic
 * Multilingual Plane has two of them. People and editors count characters.
 */
export function makePositionFinder(text: string, lineCounter: LineCounter): (offset: number) => Position {
  // In ascending order. A line can be a megabyte long and hold thousands of problems: no problem may scan the whole line.
  const pairOffsets = [...text.matchAll(/[\u{10000}-\u{10ffff}]/gu)].map(({ index }) => index)
  return (offset) => {
    const { line, col } = lineCounter.linePos(offset)
    const lineStart = offset - col + 1
    const pairCount = countBelow(pairOffsets, offset) - countBelow(pairOffsets, lineStart)
    return { line: Math.max(line, 1), column: Math.max(col - pairCount, 1) }
  }
}

/** Counts the numbers of an ascending list that are below a limit. */
function countBelow(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((ascending[middle] ?? Infinity) < limit) low = middle + 1
    else high = middle
  }
  return low
}
