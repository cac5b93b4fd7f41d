import type { Part, Path, YamlSource } from './yaml-source.ts'

/** A spot in one of the user's files. */
export interface Place {
  readonly source: YamlSource
  readonly path: Path
  readonly part: Part
}

/** A value together with the spot that it was read from. */
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

/** Points at a value further inside and carries it. */
export function located<T>(value: T, place: Place, ...steps: Path): Located<T> {
  return { ...at(place, ...steps), value }
}
