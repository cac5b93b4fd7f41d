import { isMap, isScalar, isSeq, type Node } from 'yaml'

/** A key that a map cannot have: it is repeated, or it is not text. */
export interface WrongKey {
  readonly kind: 'duplicate' | 'not text'
  readonly key: string
  readonly offset: number
}

/**
 * Finds keys that are repeated in one map, and keys that are not text. The parser's own check compares every key of a map with
 * every other one. On a malicious file that takes minutes.
 */
export function findWrongKeys(root: Node): readonly WrongKey[] {
  const wrongKeys: WrongKey[] = []
  const visit = (node: Node | null): void => {
    if (isSeq(node)) for (const item of node.items) visit(item as Node | null)
    if (!isMap(node)) return
    const seen = new Set<string>()
    for (const { key, value } of node.items) {
      const offset = (key as Node | null)?.range?.[0] ?? node.range?.[0] ?? 0
      const text = isScalar(key) && key.value !== null ? String(key.value) : null
      if (text === null) wrongKeys.push({ kind: 'not text', key: '', offset })
      else if (seen.has(text)) wrongKeys.push({ kind: 'duplicate', key: text, offset })
      else seen.add(text)
      visit(value as Node | null)
    }
  }
  visit(root)
  return wrongKeys
}
