import { isAlias, isMap, isSeq, type Node } from 'yaml'

const MOST_ALIASES = 1000
const MOST_NODES = 200_000

/**
 * Counts what a document holds once its aliases are expanded, without expanding them, and says what is too much; null
 * where all is well. A few hundred bytes of nested aliases can stand for billions of values
 * (https://en.wikipedia.org/wiki/Billion_laughs_attack), and an alias may even stand inside its own anchor.
 */
export function measureAliases(root: Node): string | null {
  const sizes = new Map<string, number>()
  let aliasCount = 0

  const measure = (node: Node | null): number => {
    if (isAlias(node)) {
      aliasCount += 1
      return sizes.get(node.source) ?? Infinity
    }
    const anchor = node !== null && 'anchor' in node ? node.anchor : undefined
    // Until it ends, an anchor is endless: an alias inside it would repeat it for ever.
    if (anchor !== undefined) sizes.set(anchor, Infinity)
    let size = 1
    if (isMap(node)) {
      for (const { key, value } of node.items) size += measure(key as Node | null) + measure(value as Node | null)
    } else if (isSeq(node)) {
      for (const item of node.items) size += measure(item as Node | null)
    }
    if (anchor !== undefined) sizes.set(anchor, size)
    return size
  }

  const size = measure(root)
  if (aliasCount > MOST_ALIASES) return `there are ${aliasCount}, and at most ${MOST_ALIASES} are read`
  if (size === Infinity) return 'one refers to itself or to an anchor that does not come before it'
  if (aliasCount > 0 && size > MOST_NODES) return `they stand for more than ${MOST_NODES} values`
  return null
}
