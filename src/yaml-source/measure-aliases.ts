import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { MIB } from '../units.ts'

const MOST_ALIASES = 1000
const MOST_NODES = 200_000
const MOST_CHARACTERS = 4 * MIB

/** The size of a node after its aliases are expanded. */
interface Size {
  readonly nodes: number
  readonly characters: number
}

const ENDLESS: Size = { nodes: Infinity, characters: Infinity }

/**
 * Computes the size of a document with expanded aliases, without expanding them. Returns a message if the size is too large, else null.
 * A few hundred bytes of nested aliases can expand to billions of values (https://en.wikipedia.org/wiki/Billion_laughs_attack), and an
 * alias may even be inside its own anchor.
 */
export function measureAliases(root: Node): string | null {
  const sizes = new Map<string, Size>()
  let aliasCount = 0

  const measure = (node: Node | null): Size => {
    if (isAlias(node)) {
      aliasCount += 1
      return sizes.get(node.source) ?? ENDLESS
    }
    const anchor = node !== null && 'anchor' in node ? node.anchor : undefined
    // An anchor counts as endless until its end: an alias inside it would repeat it for ever.
    if (anchor !== undefined) sizes.set(anchor, ENDLESS)
    let size: Size = { nodes: 1, characters: isScalar(node) ? String(node.value).length : 0 }
    const add = (inner: unknown): void => {
      const { nodes, characters } = measure(inner as Node | null)
      size = { nodes: size.nodes + nodes, characters: size.characters + characters }
    }
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        add(key)
        add(value)
      }
    } else if (isSeq(node)) {
      for (const item of node.items) add(item)
    }
    if (anchor !== undefined) sizes.set(anchor, size)
    return size
  }

  const { nodes, characters } = measure(root)
  if (aliasCount > MOST_ALIASES) return `there are ${aliasCount}, and at most ${MOST_ALIASES} are read`
  if (nodes === Infinity) return 'one refers to itself or to an anchor that is not before it'
  if (aliasCount > 0 && nodes > MOST_NODES) return `to more than ${MOST_NODES} values`
  if (aliasCount > 0 && characters > MOST_CHARACTERS) return `to more than ${MOST_CHARACTERS} characters`
  return null
}
