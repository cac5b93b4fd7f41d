import type { Problem } from '../../errors/problem.ts'

/**
 * Gathers the problems of nodes, one list for each node. All nodes of one range have the same place in the text: a problem of that place
 * is reported only for the first of them.
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
