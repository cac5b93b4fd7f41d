import type { Problem } from '../errors/problem.ts'

/** Sorts problems in reading order: this file first, then the others, each from top to bottom. Each problem is kept once. */
export function inReadingOrder(problems: readonly Problem[], file: string): readonly Problem[] {
  const rank = (problem: Problem): number => (problem.file === file ? 0 : 1)
  return withoutRepetitions(problems).toSorted(
    (one, other) =>
      rank(one) - rank(other) ||
      (one.file < other.file ? -1 : one.file > other.file ? 1 : 0) ||
      (one.line ?? 0) - (other.line ?? 0) ||
      (one.column ?? 0) - (other.column ?? 0),
  )
}

/** Removes repeated problems: nodes that share a map through an alias have the same problems. */
function withoutRepetitions(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map<string, Problem>()
  for (const problem of problems) {
    const key = `${problem.code} ${problem.file} ${problem.line ?? ''} ${problem.column ?? ''} ${problem.message}`
    if (!seen.has(key)) seen.set(key, problem)
  }
  return [...seen.values()]
}
