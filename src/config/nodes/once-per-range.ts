import type { Problem } from '../../yaml-source/problem.ts'

/**
 * Gathers the problems of nodes, each node's in a list. All nodes of one range stand at one place in the text, and what is wrong
 * with that place is said for the first of them only.
 */
export function oncePerRange(problemsByNode: Iterable<readonly Problem[]>): readonly Problem[] {
  const seen = new Set<string>()
  const kept: Problem[] = []
  for (const problems of problemsByNode) {
    const keyed = problems.map((one) => ({ one, key: `${one.code} ${one.file} ${one.line ?? ''} ${one.column ?? ''}` }))
    kept.push(...keyed.filter(({ key }) => !seen.has(key)).map(({ one }) => one))
    for (const { key } of keyed) seen.add(key)
  }
  return kept
}
