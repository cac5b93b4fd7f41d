import { at, type Place, writtenAt } from '../../yaml-source/place.ts'
import type { Path } from '../../yaml-source/yaml-source.ts'
import { resolveExtraFilePath } from './check-extra-file-path.ts'
import { contentKeys } from './load-extra-files.ts'
import { ALL_BOARDS, appendFromAll, taintKey, unite } from './merge-settings.ts'
import { parseTaint } from './parse-taint.ts'

/** An entry of a list and its place in a layer; null where bantam adds the entry. */
interface WrittenEntry {
  /** The key by which `mergeSettings` recognizes equal entries. */
  readonly key: string
  readonly place: Place | null
}

type Entries = readonly WrittenEntry[]

const keyOf = ({ key }: WrittenEntry): string => key
const uniteWritten = (farther: Entries, nearer: Entries): Entries => unite(farther, nearer, keyOf)

/** Merges the lists of all layers by the rules of `mergeSettings`, with entries that know their place. */
const mergeRules = {
  packages: uniteWritten,
  files: uniteWritten,
  taints: uniteWritten,
  cmdline: uniteWritten,
  commands: (farther: Entries, nearer: Entries): Entries => [...farther, ...nearer],
  configTxt: (farther: Entries, nearer: Entries): Entries =>
    appendFromAll(farther, nearer, keyOf, { key: ALL_BOARDS, place: null }),
}

type MergedList = keyof typeof mergeRules

/** Says whether a key holds a list to which every layer adds. */
export function isMergedList(key: string | number): key is MergedList {
  return Object.hasOwn(mergeRules, key)
}

/** Finds the place of an entry of a merged list, or of a part of that entry. Layers are listed nearest first. */
export function findListPlace(layers: readonly Place[], list: MergedList, [index, ...rest]: Path): Place | null {
  const merged = layers
    .toReversed()
    .map((layer) => readEntries(at(layer, list), list))
    .reduce<Entries>((farther, nearer) => mergeRules[list](farther, nearer), [])
  const place = merged[Number(index)]?.place ?? null
  if (place === null || rest.length === 0) return place
  const [key, ...inner] = rest
  const spellings: Path = list === 'files' && key === 'content' ? contentKeys : [key ?? '']
  return (
    spellings.map((spelling) => at(place, spelling, ...inner)).find((found) => writtenAt(found) !== undefined) ?? null
  )
}

function readEntries(place: Place, list: MergedList): Entries {
  const written = writtenAt(place)
  if (!Array.isArray(written)) return []
  return written.map((value: unknown, index) => {
    const inner = at(place, index)
    return { key: keyOfEntry(value, list, inner), place: inner }
  })
}

function keyOfEntry(value: unknown, list: MergedList, place: Place): string {
  if (list === 'files') return resolveExtraFilePath(String((value as { readonly path?: unknown }).path))
  if (list !== 'taints') return String(value)
  const taint = parseTaint(String(value), place).value
  return taint === null ? String(value) : taintKey(taint)
}
