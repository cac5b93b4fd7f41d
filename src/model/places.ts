import type { Place } from '../yaml-source/place.ts'
import type { Path } from '../yaml-source/yaml-source.ts'

/**
 * Knows where each part of a finished value was written. It gets in nobody's way: JSON leaves it out, comparisons look past it, and
 * nothing is looked up before somebody asks.
 */
export class Places {
  readonly #find: (path: Path) => Place | null

  /** `find` is given the steps from the finished value to one of its parts, such as `['network', 'dns', 0]`. */
  constructor(find: (path: Path) => Place | null) {
    this.#find = find
  }

  toJSON(): undefined {
    return undefined
  }

  static find(places: Places, path: Path): Place | null {
    // A structured clone keeps no private fields: where its parts were written is not known.
    return #find in places ? places.#find(path) : null
  }
}

/** A value that knows where it was written. */
export interface Placed {
  readonly places: Places
}

/** For a value that nobody wrote. */
export const noPlaces = new Places(() => null)

/** Steps into a value; the first is one of its own keys. */
type PathInto<T> = readonly [] | readonly [Exclude<keyof T & string, 'places'>, ...Path]

/**
 * Gives the place in the user's files that a part of a value was read from: of several layers, the one whose word counts. Without steps, the
 * place of the value itself. Null where nobody wrote it: a default, or something that bantam adds.
 */
export function placeOf<T extends Placed>(value: T, ...path: PathInto<T>): Place | null {
  return Places.find(value.places, path)
}
