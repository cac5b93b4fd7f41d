import type { Part, Path, Position, YamlSource } from './yaml-source.ts'

/** A spot in one of the user's files. */
export interface Place {
  readonly source: YamlSource
  readonly path: Path
  readonly part: Part
}

/** A spot for people: file, line and column. */
export interface TextPosition extends Position {
  readonly file: string
}

/** A value with the spot from which it was read. */
export interface Located<T> extends Place {
  readonly value: T
}

/** Points at a value further inside. */
export function at(place: Place, ...steps: Path): Place {
  return { source: place.source, path: [...place.path, ...steps], part: 'value' }
}

/** Points at a key further inside. */
export function atKey(place: Place, ...steps: Path): Place {
  return { ...at(place, ...steps), part: 'key' }
}

/** Points at a value further inside, and holds the value. */
export function located<T>(value: T, place: Place, ...steps: Path): Located<T> {
  return { ...at(place, ...steps), value }
}

/** Returns the value that the file has at a place; undefined where it has none. */
export function writtenAt({ source, path }: Place): unknown {
  let value: unknown = source.value
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[step]
  }
  return value
}

/** Finds the line and column of a place. */
export function positionOf({ source, path, part }: Place): TextPosition {
  return { file: source.file, ...source.locate(path, part) }
}
