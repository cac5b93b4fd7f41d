/** One thing for a person to do, after a command has done its part. */
export interface OperatorStep {
  /** In plain words, and complete without the rest. */
  readonly do: string
  /** Where: a node's name, or `this machine`; null where the sentence says it. */
  readonly where: string | null
  /** What to type there; words in capitals stand for a value. Null where nothing is typed. */
  readonly command: string | null
}
