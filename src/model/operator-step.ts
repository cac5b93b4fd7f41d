/** One step for a person, after a command has finished. */
export interface OperatorStep {
  /** The step in plain words, complete without the other fields. */
  readonly do: string
  /** Where: a node's name, or `this machine`; null where the sentence says it. */
  readonly where: string | null
  /** The command to type there. Words in capitals are placeholders for values. Null where there is no command. */
  readonly command: string | null
}
