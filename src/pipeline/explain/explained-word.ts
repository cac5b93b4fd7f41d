/** A word that `bantam explain` has a page for. */
export interface ExplainedWord {
  /** What the word names; rules, add-ons and systems are to come. */
  readonly kind: 'error'
  readonly word: string
  /** Writes the page as plain text. */
  readonly page: () => string
}
