import type { Place } from '../yaml-source/place.ts'
import type { Path } from '../yaml-source/yaml-source.ts'

/**
 * Knows where each part of a finished value was written. JSON leaves it out, comparisons ignore it, and it searches for a place only when
 * a caller asks.
 */
export class Places {
  readonly #find: (path: Path) => Place | null

  /** `find` receives the steps from the finished value to one of its parts, such as `['network', 'dns', 0]`. */
  constructor(find: (path: Path) => Place | null) {
    this.#find = find
  }

  toJSON(): undefined {
    return undefined
  }

  static find(places: Places, path: Path): Place | null {
    // A structured clone has no private fields, so the places of its parts are not known.
    return #find in places ? places.#find(path) : null
  }
}

/** A value that knows where it was written. */
export interface Placed {
  readonly places: Places
}

/** Steps into a value; the first is one of its keys. */
type PathInto<T> = readonly [] | readonly [Exclude<keyof T & string, 'places'>, ...Path]

/**
 * Returns the place in the user's files from which a part of a value was read. Of several layers, it is the one that set the value. Without
 * steps, it is the place of the value itself. Null where the user wrote nothing: a default, or something that bantam adds.
 */
export function placeOf<T extends Placed>(value: T, ...path: PathInto<T>): Place | null {
  return Places.find(value.places, path)
}
