/** Steps from the root of a document to one of its values: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[]

/** Which half of `key: value` is meant. */
export type Part = 'key' | 'value'

export interface Position {
  /** 1-based. */
  readonly line: number
  /** 1-based, in characters. */
  readonly column: number
}

/** A YAML file as read: its value, and the place of each part in the text. */
export interface YamlSource {
  /** As the user named it. */
  readonly file: string
  /** Folder of the file. Relative paths in the file start there. */
  readonly folder: string
  readonly value: unknown
  /** Finds a value, or the nearest enclosing one that the text holds. */
  readonly locate: (path: Path, part: Part) => Position
}
