import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'
import type { Part, Path } from './yaml-source.ts'

interface Entry {
  readonly key: Node
  readonly value: Node | null
}

/** Makes a function that finds the offset of a value in a document's text, or of the nearest enclosing value in the text. */
export function makeOffsetLocator(document: Document.Parsed): (path: Path, part: Part) => number {
  // A file may have thousands of problems in one map. The map must not be searched from its start for each of them.
  const entriesOfMaps = new WeakMap<YAMLMap, ReadonlyMap<string, Entry>>()

  const entriesOf = (map: YAMLMap): ReadonlyMap<string, Entry> => {
    const known = entriesOfMaps.get(map)
    if (known !== undefined) return known
    const entries = new Map(
      map.items.map(({ key, value }) => [
        isScalar(key) ? String(key.value) : '',
        { key: key as Node, value: value as Node | null },
      ]),
    )
    entriesOfMaps.set(map, entries)
    return entries
  }

  const stepInto = (node: Node | null, step: string | number, part: Part): Node | null => {
    const target = isAlias(node) ? node.resolve(document) : node
    if (isSeq(target)) return (target.items[Number(step)] as Node | undefined) ?? null
    if (!isMap(target)) return null
    const entry = entriesOf(target).get(String(step))
    return part === 'key' ? (entry?.key ?? null) : (entry?.value ?? entry?.key ?? null)
  }

  return (path, part) => {
    let node: Node | null = document.contents
    let offset = node?.range?.[0] ?? 0
    for (const [depth, step] of path.entries()) {
      node = stepInto(node, step, depth === path.length - 1 ? part : 'value')
      if (node === null) return offset
      offset = node.range?.[0] ?? offset
    }
    return offset
  }
}
