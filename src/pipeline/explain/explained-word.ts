/** A word that `bantam explain` has a page for. */
export interface ExplainedWord {
  /** The kind of thing that the word names. */
  readonly kind: 'error'
  readonly word: string
  /** Writes the page as plain text. */
  readonly page: () => string
}
