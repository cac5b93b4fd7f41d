import { nearestWord } from '../text/nearest-word.ts'

/** A value as a template names it. */
export interface ValueReference {
  readonly name: string
  /** The keys that lead to it. */
  readonly steps: readonly string[]
  /** Where the steps start: at the object of all values, at the item of the block around it, or elsewhere (`../name`, `@index`). */
  readonly start: 'root' | 'item' | 'elsewhere'
  /** True for a key of a map such as `labels`: not every node has it, so a condition may ask for it. */
  readonly isUserKey: boolean
}

/** Maps whose keys users choose. In every other map, a key that is missing is misspelt. */
const userMaps: ReadonlySet<string> = new Set(['labels'])

/** Says whether the steps of a path end in a key that a user chose, as `node.labels.disk` does. */
export function leadsToUserKey(steps: readonly string[]): boolean {
  return userMaps.has(steps.at(-2) ?? '')
}

/**
 * Finds the path that a misspelt path most likely means; null where none is near. `values` is the object that the steps start
 * from. Only keys are given, never a value, which may be a secret.
 */
export function nearestValue({ name, steps, start }: ValueReference, values: unknown): string | null {
  if (start === 'elsewhere') return null
  const nearest: string[] = []
  let current = values
  for (const [index, step] of steps.entries()) {
    if (!isMap(current)) return null
    const key = Object.hasOwn(current, step) ? step : nearestWord(step, Object.keys(current))
    if (key === null) return null
    nearest.push(key)
    if (userMaps.has(key)) {
      // Not every node has the key that follows, so it is left as it is.
      nearest.push(...steps.slice(index + 1))
      break
    }
    current = current[key]
  }
  const isSame = nearest.every((key, index) => key === steps[index])
  return isSame ? null : `${name.startsWith('@root.') ? '@root.' : ''}${nearest.map(formatStep).join('.')}`
}

/** Says whether the steps lead to a value, null included. */
export function leadsToValue(steps: readonly string[], values: unknown): boolean {
  let current = values
  for (const step of steps) {
    if (!isMap(current) || !Object.hasOwn(current, step)) return false
    current = current[step]
  }
  return true
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Handlebars reads a key that is no word only in brackets. */
function formatStep(key: string): string {
  return /^\w+$/.test(key) ? key : `[${key}]`
}
